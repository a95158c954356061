// Bounds what one allocation may ask for, so that a corrupt length in a file can't take the machine's memory.
#pragma once

#include <cstddef>

// While it lives, an allocation by FAISS or this addon on this thread throws std::bad_alloc when it asks for more than
// `bytes`, or than `aligned_bytes` where it is one of the aligned tables that FAISS computes.
class AllocationLimit {
 public:
  AllocationLimit(size_t bytes, size_t aligned_bytes);
  ~AllocationLimit();
  AllocationLimit(const AllocationLimit&) = delete;
  AllocationLimit& operator=(const AllocationLimit&) = delete;
};
