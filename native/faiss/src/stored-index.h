// FAISS's file format, read with bounds on memory and written in one piece.
#pragma once

#include <faiss/Index.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// Both throw CodedError "corrupt-index" when the bytes are no index that FAISS can read, "unsupported" for a metric
// that is neither inner product nor L2, "label-overflow" for more vectors than Int32 can count.
std::shared_ptr<faiss::Index> ReadFile(const std::string& path);
std::shared_ptr<faiss::Index> ReadBuffer(const uint8_t* data, size_t length);

// Writes to `path` itself, throws CodedError "file-error" when it can't be written to its end.
void WriteFile(const faiss::Index& index, const std::string& path);
std::vector<uint8_t> WriteBuffer(const faiss::Index& index);
