#include "job.h"

#include <new>
#include <utility>

#include "errors.h"
#include "threads.h"

Napi::Promise Job::Start(Napi::Env env, std::initializer_list<Napi::Value> kept, Work work, Result result) {
  auto* job = new Job(env, std::move(work), std::move(result));
  uint32_t slot = 0;
  for (const Napi::Value& value : kept) job->kept_.Set(slot++, value);
  const Napi::Promise promise = job->deferred_.Promise();
  job->Queue();
  return promise;
}

Job::Job(Napi::Env env, Work work, Result result)
    : Napi::AsyncWorker(env, "faiss"),
      deferred_(env),
      kept_(Napi::Persistent(Napi::Object::New(env))),
      work_(std::move(work)),
      result_(std::move(result)) {}

void Job::Execute() {
  ApplyThreads();
  try {
    work_();
  } catch (const CodedError& error) {
    code_ = error.code;
    SetError(error.what());
  } catch (const std::bad_alloc&) {
    code_ = "out-of-memory";
    SetError("not enough memory");
  } catch (const std::exception& error) {
    code_ = "faiss";
    SetError(error.what());
  }
}

void Job::OnOK() { deferred_.Resolve(result_(Env())); }

void Job::OnError(const Napi::Error& error) { deferred_.Reject(ToJs(Env(), code_, error.Message()).Value()); }
