#include "typed-array.h"

#include <cstring>

#include "errors.h"

namespace {

template <typename T>
View<T> Read(const Napi::Value& value, napi_typedarray_type wanted, const char* name) {
  const Napi::Env env = value.Env();
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != wanted) {
    throw ToJs(env, "invalid-argument", std::string("not a ") + name);
  }
  napi_typedarray_type type;
  size_t length;
  void* data;
  napi_value buffer;
  size_t offset;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, &buffer, &offset) != napi_ok) {
    throw Napi::Error::New(env);
  }
  bool detached = false;
  if (napi_is_detached_arraybuffer(env, buffer, &detached) != napi_ok) throw Napi::Error::New(env);
  if (detached) throw ToJs(env, "detached-buffer", "the array's memory was transferred to another thread");
  return {static_cast<T*>(data), length};
}

}  // namespace

View<float> ReadFloats(const Napi::Value& value) { return Read<float>(value, napi_float32_array, "Float32Array"); }
View<int32_t> ReadLabels(const Napi::Value& value) { return Read<int32_t>(value, napi_int32_array, "Int32Array"); }
View<uint8_t> ReadBytes(const Napi::Value& value) { return Read<uint8_t>(value, napi_uint8_array, "Uint8Array"); }

Napi::Value CopyBytes(Napi::Env env, const std::vector<uint8_t>& bytes) {
  // Memory of V8's own. Node detaches external memory when the process ends, and newer ones abort where V8 refuses that.
  auto buffer = Napi::ArrayBuffer::New(env, bytes.size());
  std::memcpy(buffer.Data(), bytes.data(), bytes.size());
  // Not a Buffer, whose slice() shares memory where a Uint8Array's copies.
  return Napi::Uint8Array::New(env, bytes.size(), buffer, 0);
}
