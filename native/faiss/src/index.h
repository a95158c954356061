// NativeIndex: a faiss::Index as a JavaScript object whose slow methods return promises.
#pragma once

#include <faiss/Index.h>
#include <napi.h>

#include <memory>

// Holds no lock: the caller starts train, add and setParameters only while nothing else runs (read-write-queue.ts
// does), since a lock here would have pool threads wait for each other. Everything else is checked here, so that no
// argument can lead outside an array. A running job shares the index, so release() never frees memory in use.
class NativeIndex : public Napi::ObjectWrap<NativeIndex> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit NativeIndex(const Napi::CallbackInfo& info);

 private:
  using Shared = std::shared_ptr<faiss::Index>;

  // create(dimensions, factory, metric): makes it an empty index.
  Napi::Value Create(const Napi::CallbackInfo& info);
  // read(path) and parse(bytes): make it a stored index.
  Napi::Value Read(const Napi::CallbackInfo& info);
  Napi::Value Parse(const Napi::CallbackInfo& info);
  Napi::Value Write(const Napi::CallbackInfo& info);
  Napi::Value Serialize(const Napi::CallbackInfo& info);

  Napi::Value Train(const Napi::CallbackInfo& info);
  Napi::Value Add(const Napi::CallbackInfo& info);
  // search(queries, k, distances, labels): fills the last two, each [n, k].
  Napi::Value Search(const Napi::CallbackInfo& info);
  // reconstruct(id, vector): fills the vector.
  Napi::Value Reconstruct(const Napi::CallbackInfo& info);
  Napi::Value SetParameters(const Napi::CallbackInfo& info);

  // describe(): {dimensions, ntotal, isTrained, metric}
  Napi::Value Describe(const Napi::CallbackInfo& info);
  Napi::Value Release(const Napi::CallbackInfo& info);

  // The index, or a JavaScript error when there is none (any more).
  const Shared& Held(Napi::Env env) const;
  const Shared& Trained(Napi::Env env) const;

  Shared index_;
};
