//===- OutputFile.cpp - A file that appears whole or not at all -----------===//

#include "lib/Target/CPU/OutputFile.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace tenon::cpu {

static Error fileError(StringRef path, std::error_code code) {
  return createStringError(code, "'" + path + "': " + code.message());
}

static Error writeFile(StringRef path, StringRef bytes) {
  std::error_code code;
  raw_fd_ostream os(path, code);
  if (code)
    return fileError(path, code);
  os << bytes;
  os.close();
  code = os.error();
  os.clear_error();
  return code ? fileError(path, code) : Error::success();
}

Expected<OutputFile> OutputFile::create(StringRef path) {
  // Renaming over a device or a folder is never what was meant.
  if (sys::fs::exists(path) && !sys::fs::is_regular_file(path))
    return createStringError("'" + path + "' exists and is not a regular file");
  SmallString<128> unique;
  if (std::error_code code =
          sys::fs::getPotentiallyUniqueFileName(path + ".tmp-%%%%%%%%", unique))
    return fileError(path, code);
  OutputFile file;
  file.path = path.str();
  file.temporary = unique.str();
  if (Error error = file.write(""))
    return createStringError("cannot write output: " +
                             toString(std::move(error)));
  return file;
}

OutputFile::~OutputFile() {
  if (!temporary.empty())
    sys::fs::remove(temporary);
}

Error OutputFile::write(StringRef text) { return writeFile(temporary, text); }

Error OutputFile::commit() {
  if (std::error_code code = sys::fs::rename(temporary, path))
    return fileError(path, code);
  temporary.clear();
  return Error::success();
}

Expected<TemporaryFolder> TemporaryFolder::create() {
  TemporaryFolder folder;
  if (std::error_code code =
          sys::fs::createUniqueDirectory("tenon-link", folder.path))
    return fileError("a temporary folder", code);
  return folder;
}

TemporaryFolder::~TemporaryFolder() {
  if (!path.empty())
    sys::fs::remove_directories(path);
}

std::string TemporaryFolder::file(StringRef name) const {
  SmallString<128> result(path);
  sys::path::append(result, name);
  return result.str().str();
}

Expected<std::string> TemporaryFolder::write(StringRef name, StringRef bytes) {
  std::string result = file(name);
  if (Error error = writeFile(result, bytes))
    return error;
  return result;
}

} // namespace tenon::cpu
