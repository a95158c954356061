#include "threads.h"

#include <omp.h>

#include <atomic>

// OpenBLAS's own pool; its header is not part of the runtime package that this addon links against.
extern "C" void openblas_set_num_threads(int threads);

namespace {
// 0: what OpenMP chose at its start, from OMP_NUM_THREADS or the CPUs that this process may run on.
std::atomic<int> chosen{0};
}  // namespace

Napi::Value SetThreads(const Napi::CallbackInfo& info) {
  const int threads = info[0].As<Napi::Number>().Int32Value();
  chosen = threads;
  openblas_set_num_threads(threads);
  return info.Env().Undefined();
}

Napi::Value Threads(const Napi::CallbackInfo& info) {
  const int threads = chosen;
  return Napi::Number::New(info.Env(), threads > 0 ? threads : omp_get_max_threads());
}

void ApplyThreads() {
  const int threads = chosen;
  if (threads > 0) omp_set_num_threads(threads);
}
