#include "stored-index.h"

#include <faiss/IndexIVFPQ.h>
#include <faiss/index_io.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>

#include "allocation-limit.h"
#include "buffer-reader.h"
#include "errors.h"

namespace {

struct CloseFile {
  void operator()(FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<FILE, CloseFile>;

File Open(const std::string& path, const char* mode) {
  File file(std::fopen(path.c_str(), mode));
  if (!file) throw CodedError(errno == ENOENT ? "file-not-found" : "file-error", path + ": " + std::strerror(errno));
  return file;
}

// FAISS compares ntotal × code size modulo 2^64 only, so a flipped high bit of ntotal would pass.
void CheckHeader(const faiss::Index& index) {
  if (index.d <= 0 || index.ntotal < 0) throw CodedError("corrupt-index", "negative dimension or vector count");
  if (index.ntotal > std::numeric_limits<int32_t>::max()) {
    throw CodedError("label-overflow", "the index holds more vectors than Int32 labels can count");
  }
  if (index.metric_type != faiss::METRIC_INNER_PRODUCT && index.metric_type != faiss::METRIC_L2) {
    throw CodedError("unsupported", "the index's metric is neither inner product nor L2");
  }
}

// Nothing that is read from an index is larger than the whole. The slack is for what FAISS computes from it: products
// of residual codebooks, and the aligned tables of IVF PQ, on which it has a limit of its own.
constexpr size_t kSlackBytes = size_t{1} << 28;

std::shared_ptr<faiss::Index> ReadFrom(faiss::IOReader& reader, size_t bytes) {
  std::shared_ptr<faiss::Index> index;
  try {
    const AllocationLimit limit(bytes + kSlackBytes, bytes + faiss::precomputed_table_max_bytes);
    index.reset(faiss::read_index(&reader));
  } catch (const std::bad_alloc&) {
    throw CodedError("corrupt-index", "a length in it is beyond its size, or memory ran out");
  } catch (const std::exception& error) {
    throw CodedError("corrupt-index", error.what());
  }
  CheckHeader(*index);
  return index;
}

}  // namespace

std::shared_ptr<faiss::Index> ReadFile(const std::string& path) {
  const File file = Open(path, "rb");
  struct stat status;
  if (fstat(fileno(file.get()), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw CodedError("file-error", path + " is not a regular file");
  }
  faiss::FileIOReader reader(file.get());
  reader.name = path;
  return ReadFrom(reader, status.st_size);
}

std::shared_ptr<faiss::Index> ReadBuffer(const uint8_t* data, size_t length) {
  BufferReader reader(data, length);
  return ReadFrom(reader, length);
}

void WriteFile(const faiss::Index& index, const std::string& path) {
  File file = Open(path, "wb");
  faiss::write_index(&index, file.get());
  // A full disk may show only when the last buffered bytes go out.
  if (std::fclose(file.release()) != 0) throw CodedError("file-error", path + ": " + std::strerror(errno));
}

std::vector<uint8_t> WriteBuffer(const faiss::Index& index) {
  faiss::VectorIOWriter writer;
  faiss::write_index(&index, &writer);
  return std::move(writer.data);
}
