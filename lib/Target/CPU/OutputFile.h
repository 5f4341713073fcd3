//===- OutputFile.h - A file that appears whole or not at all ---*- C++ -*-===//

#ifndef TENON_LIB_TARGET_CPU_OUTPUTFILE_H
#define TENON_LIB_TARGET_CPU_OUTPUTFILE_H

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Error.h"
#include <string>

namespace tenon::cpu {

/// A file under a temporary name beside its final one; gone unless committed.
class OutputFile {
public:
  static llvm::Expected<OutputFile> create(llvm::StringRef path);
  OutputFile(OutputFile &&other)
      : path(other.path), temporary(other.temporary) {
    other.temporary.clear();
  }
  ~OutputFile();

  llvm::StringRef temporaryPath() const { return temporary; }
  llvm::Error write(llvm::StringRef text);
  llvm::Error commit();

private:
  OutputFile() = default;
  std::string path;
  std::string temporary;
};

/// A private folder for intermediate files; removed with what is in it.
class TemporaryFolder {
public:
  static llvm::Expected<TemporaryFolder> create();
  TemporaryFolder(TemporaryFolder &&other) : path(other.path) {
    other.path.clear();
  }
  ~TemporaryFolder();

  std::string file(llvm::StringRef name) const;
  /// `file(name)`, holding `bytes`.
  llvm::Expected<std::string> write(llvm::StringRef name,
                                    llvm::StringRef bytes);

private:
  TemporaryFolder() = default;
  llvm::SmallString<64> path;
};

} // namespace tenon::cpu

#endif // TENON_LIB_TARGET_CPU_OUTPUTFILE_H
