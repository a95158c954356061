// How many threads one call of FAISS uses: process-wide, like faiss.omp_set_num_threads of Python.
#pragma once

#include <napi.h>

// setThreads(n): takes effect for every call that starts afterwards.
Napi::Value SetThreads(const Napi::CallbackInfo& info);

// threads(): the number in force.
Napi::Value Threads(const Napi::CallbackInfo& info);

// To be called on a pool thread before it enters FAISS: OpenMP keeps its thread count per calling thread.
void ApplyThreads();
