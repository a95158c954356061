// What native/faiss/build/faiss.node exports; native/faiss/addon.ts has the types.
#include <faiss/Index.h>
#include <napi.h>

#include <string>

#include "index.h"
#include "threads.h"

namespace {

std::string FaissVersion() {
  return std::to_string(FAISS_VERSION_MAJOR) + "." + std::to_string(FAISS_VERSION_MINOR) + "." +
         std::to_string(FAISS_VERSION_PATCH);
}

// Keeps no static JavaScript value, so each worker thread can load the addon for itself.
Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeIndex", NativeIndex::Define(env));
  exports.Set("setThreads", Napi::Function::New(env, SetThreads));
  exports.Set("threads", Napi::Function::New(env, Threads));
  exports.Set("faissVersion", Napi::String::New(env, FaissVersion()));
  return exports;
}

}  // namespace

NODE_API_MODULE(faiss, Initialize)
