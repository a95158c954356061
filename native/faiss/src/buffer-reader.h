// Lets FAISS read an index from memory that it does not own, without a copy of the whole.
#pragma once

#include <faiss/impl/io.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

class BufferReader : public faiss::IOReader {
 public:
  BufferReader(const uint8_t* data, size_t length) : data_(data), left_(length) { name = "the buffer"; }

  size_t operator()(void* target, size_t size, size_t count) override {
    if (size == 0) return 0;
    const size_t whole = std::min(count, left_ / size);
    std::memcpy(target, data_, whole * size);
    data_ += whole * size;
    left_ -= whole * size;
    return whole;
  }

 private:
  const uint8_t* data_;
  size_t left_;
};
