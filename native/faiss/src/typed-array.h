// Borrowed views of JavaScript's typed arrays: no copy, valid while the array is held and not detached.
#pragma once

#include <napi.h>

#include <cstdint>
#include <vector>

template <typename T>
struct View {
  T* data;
  size_t length;
};

// Each throws a JavaScript error when the value is of another type or its memory was transferred away.
View<float> ReadFloats(const Napi::Value& value);
View<int32_t> ReadLabels(const Napi::Value& value);
View<uint8_t> ReadBytes(const Napi::Value& value);

// The bytes in a new Uint8Array.
Napi::Value CopyBytes(Napi::Env env, const std::vector<uint8_t>& bytes);
