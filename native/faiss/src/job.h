// One piece of work on libuv's thread pool, seen from JavaScript as a promise.
#pragma once

#include <napi.h>

#include <functional>
#include <initializer_list>
#include <string>

class Job : public Napi::AsyncWorker {
 public:
  using Work = std::function<void()>;
  using Result = std::function<Napi::Value(Napi::Env)>;

  // Runs `work` on a pool thread, where it must not touch JavaScript. `kept` are values whose memory `work` reads or
  // writes: they are held until it ends. The promise resolves with `result`, which runs on the JavaScript thread, or
  // rejects with an Error whose `code` is the one of a CodedError, "out-of-memory" or "faiss".
  static Napi::Promise Start(Napi::Env env, std::initializer_list<Napi::Value> kept, Work work, Result result);

 protected:
  void Execute() override;
  void OnOK() override;
  void OnError(const Napi::Error& error) override;

 private:
  Job(Napi::Env env, Work work, Result result);

  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference kept_;
  Work work_;
  Result result_;
  std::string code_;
};

inline Napi::Value Nothing(Napi::Env env) { return env.Undefined(); }
