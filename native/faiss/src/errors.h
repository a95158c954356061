// Errors with a code that TypeScript turns into a FaissError; the codes are listed in native/faiss/errors.ts.
#pragma once

#include <napi.h>

#include <stdexcept>
#include <string>

// Thrown on a pool thread, where no JavaScript value may be made.
struct CodedError : std::runtime_error {
  CodedError(std::string code_, const std::string& message) : std::runtime_error(message), code(std::move(code_)) {}
  const std::string code;
};

inline Napi::Error ToJs(Napi::Env env, const std::string& code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}
