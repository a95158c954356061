#include "allocation-limit.h"

#include <cerrno>
#include <cstdint>
#include <new>

namespace {
thread_local size_t limit = SIZE_MAX;
thread_local size_t aligned_limit = SIZE_MAX;
}  // namespace

AllocationLimit::AllocationLimit(size_t bytes, size_t aligned_bytes) {
  limit = bytes;
  aligned_limit = aligned_bytes;
}

AllocationLimit::~AllocationLimit() { limit = aligned_limit = SIZE_MAX; }

// FAISS trusts the lengths it reads and fills memory before it finds the file too short. The linker's --wrap option
// sends its calls of the allocation functions here; other libraries of the process are not touched.
extern "C" {
void* __real__Znwm(size_t size);
void* __real__Znam(size_t size);
int __real_posix_memalign(void** pointer, size_t alignment, size_t size);

// operator new(size_t)
void* __wrap__Znwm(size_t size) {
  if (size > limit) throw std::bad_alloc();
  return __real__Znwm(size);
}

// operator new[](size_t)
void* __wrap__Znam(size_t size) {
  if (size > limit) throw std::bad_alloc();
  return __real__Znam(size);
}

int __wrap_posix_memalign(void** pointer, size_t alignment, size_t size) {
  if (size > aligned_limit) return ENOMEM;
  return __real_posix_memalign(pointer, alignment, size);
}
}
