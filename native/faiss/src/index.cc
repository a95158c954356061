#include "index.h"

#include <faiss/AutoTune.h>
#include <faiss/IndexIDMap.h>
#include <faiss/index_factory.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "allocation-limit.h"
#include "errors.h"
#include "job.h"
#include "stored-index.h"
#include "typed-array.h"

namespace {

// The largest parts of an index without vectors are codebooks, some hundred MiB at most; a factory string that asks
// for more is a mistake, such as PQ16x40.
constexpr size_t kEmptyIndexBytes = size_t{1} << 30;

constexpr int64_t kLargestLabel = std::numeric_limits<int32_t>::max();

void CopyLabels(const std::vector<int64_t>& from, int32_t* to) {
  for (const int64_t label : from) {
    if (label > kLargestLabel) {
      throw CodedError("label-overflow", "the index holds the id " + std::to_string(label) + ", beyond Int32");
    }
    *to++ = static_cast<int32_t>(label);
  }
}

}  // namespace

Napi::Function NativeIndex::Define(Napi::Env env) {
  return DefineClass(env, "NativeIndex",
                     {
                         InstanceMethod("create", &NativeIndex::Create),
                         InstanceMethod("read", &NativeIndex::Read),
                         InstanceMethod("parse", &NativeIndex::Parse),
                         InstanceMethod("write", &NativeIndex::Write),
                         InstanceMethod("serialize", &NativeIndex::Serialize),
                         InstanceMethod("train", &NativeIndex::Train),
                         InstanceMethod("add", &NativeIndex::Add),
                         InstanceMethod("search", &NativeIndex::Search),
                         InstanceMethod("reconstruct", &NativeIndex::Reconstruct),
                         InstanceMethod("setParameters", &NativeIndex::SetParameters),
                         InstanceMethod("describe", &NativeIndex::Describe),
                         InstanceMethod("release", &NativeIndex::Release),
                     });
}

NativeIndex::NativeIndex(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeIndex>(info) {}

const NativeIndex::Shared& NativeIndex::Held(Napi::Env env) const {
  if (!index_) throw ToJs(env, "disposed", "the index is disposed");
  return index_;
}

const NativeIndex::Shared& NativeIndex::Trained(Napi::Env env) const {
  if (!Held(env)->is_trained) throw ToJs(env, "not-trained", "the index is not trained: call train() first");
  return index_;
}

Napi::Value NativeIndex::Create(const Napi::CallbackInfo& info) {
  const int dimensions = info[0].As<Napi::Number>().Int32Value();
  const std::string factory = info[1].As<Napi::String>();
  const auto metric = static_cast<faiss::MetricType>(info[2].As<Napi::Number>().Int32Value());
  const AllocationLimit limit(kEmptyIndexBytes, kEmptyIndexBytes);
  try {
    index_.reset(faiss::index_factory(dimensions, factory.c_str(), metric));
  } catch (const std::exception& error) {
    throw ToJs(info.Env(), "invalid-factory", error.what());
  }
  return info.Env().Undefined();
}

Napi::Value NativeIndex::Train(const Napi::CallbackInfo& info) {
  const Shared index = Held(info.Env());
  const auto vectors = ReadFloats(info[0]);
  const int64_t count = vectors.length / index->d;
  return Job::Start(info.Env(), {info[0]}, [=] { index->train(count, vectors.data); }, Nothing);
}

Napi::Value NativeIndex::Add(const Napi::CallbackInfo& info) {
  const Shared index = Trained(info.Env());
  const auto vectors = ReadFloats(info[0]);
  const int64_t count = vectors.length / index->d;
  if (count > kLargestLabel - index->ntotal) {
    throw ToJs(info.Env(), "label-overflow", "the index would hold more vectors than Int32 labels can count");
  }
  return Job::Start(info.Env(), {info[0]}, [=] { index->add(count, vectors.data); }, Nothing);
}

Napi::Value NativeIndex::Search(const Napi::CallbackInfo& info) {
  const Shared index = Trained(info.Env());
  const auto queries = ReadFloats(info[0]);
  const int64_t count = queries.length / index->d;
  const int64_t k = info[1].As<Napi::Number>().Int64Value();
  const auto distances = ReadFloats(info[2]);
  const auto labels = ReadLabels(info[3]);
  if (k <= 0 || k > kLargestLabel) throw ToJs(info.Env(), "invalid-argument", "k must be positive and below 2^31");
  const size_t found = count * k;
  if (distances.length < found || labels.length < found) {
    throw ToJs(info.Env(), "invalid-argument", "distances and labels must hold n × k values");
  }
  const auto work = [=] {
    std::vector<int64_t> wide(found);
    index->search(count, queries.data, k, distances.data, wide.data());
    CopyLabels(wide, labels.data);
  };
  return Job::Start(info.Env(), {info[0], info[2], info[3]}, work, Nothing);
}

Napi::Value NativeIndex::Reconstruct(const Napi::CallbackInfo& info) {
  const Shared index = Held(info.Env());
  const int64_t id = info[0].As<Napi::Number>().Int64Value();
  const auto vector = ReadFloats(info[1]);
  // FAISS looks an id up in a map here, and takes it for a position, unchecked, everywhere else.
  const bool mapped = dynamic_cast<const faiss::IndexIDMap*>(index.get()) != nullptr;
  if (!mapped && (id < 0 || id >= index->ntotal)) {
    throw ToJs(info.Env(), "invalid-id",
               "no vector has the id " + std::to_string(id) + ": ntotal is " + std::to_string(index->ntotal));
  }
  if (vector.length < static_cast<size_t>(index->d)) {
    throw ToJs(info.Env(), "invalid-argument", "vector must hold d values");
  }
  return Job::Start(info.Env(), {info[1]}, [=] { index->reconstruct(id, vector.data); }, Nothing);
}

Napi::Value NativeIndex::SetParameters(const Napi::CallbackInfo& info) {
  const Shared index = Held(info.Env());
  const std::string parameters = info[0].As<Napi::String>();
  const auto work = [=] { faiss::ParameterSpace().set_index_parameters(index.get(), parameters.c_str()); };
  return Job::Start(info.Env(), {}, work, Nothing);
}

Napi::Value NativeIndex::Read(const Napi::CallbackInfo& info) {
  const std::string path = info[0].As<Napi::String>();
  const auto loaded = std::make_shared<Shared>();
  return Job::Start(info.Env(), {Value()}, [=] { *loaded = ReadFile(path); }, [=](Napi::Env env) {
    index_ = *loaded;
    return env.Undefined();
  });
}

Napi::Value NativeIndex::Parse(const Napi::CallbackInfo& info) {
  const auto bytes = ReadBytes(info[0]);
  const auto loaded = std::make_shared<Shared>();
  const auto work = [=] { *loaded = ReadBuffer(bytes.data, bytes.length); };
  return Job::Start(info.Env(), {Value(), info[0]}, work, [=](Napi::Env env) {
    index_ = *loaded;
    return env.Undefined();
  });
}

Napi::Value NativeIndex::Write(const Napi::CallbackInfo& info) {
  const Shared index = Held(info.Env());
  const std::string path = info[0].As<Napi::String>();
  return Job::Start(info.Env(), {}, [=] { WriteFile(*index, path); }, Nothing);
}

Napi::Value NativeIndex::Serialize(const Napi::CallbackInfo& info) {
  const Shared index = Held(info.Env());
  const auto bytes = std::make_shared<std::vector<uint8_t>>();
  return Job::Start(info.Env(), {}, [=] { *bytes = WriteBuffer(*index); }, [=](Napi::Env env) -> Napi::Value {
    return CopyBytes(env, *bytes);
  });
}

Napi::Value NativeIndex::Describe(const Napi::CallbackInfo& info) {
  const Shared& index = Held(info.Env());
  Napi::Object description = Napi::Object::New(info.Env());
  description.Set("dimensions", index->d);
  description.Set("ntotal", static_cast<double>(index->ntotal));
  description.Set("isTrained", index->is_trained);
  description.Set("metric", static_cast<int>(index->metric_type));
  return description;
}

Napi::Value NativeIndex::Release(const Napi::CallbackInfo& info) {
  index_.reset();
  return info.Env().Undefined();
}
