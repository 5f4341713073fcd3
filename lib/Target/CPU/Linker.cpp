//===- Linker.cpp - lld in this process -----------------------------------===//
//
// lld keeps its state in globals, so runs take turns. After a crash inside lld
// its state is unknown and it must not run again in this process.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/Linker.h"
#include "lib/Target/CPU/OutputFile.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace llvm;

namespace tenon::cpu {

static Error runLld(ArrayRef<const char *> arguments, std::string &messages) {
  static std::mutex mutex;
  static bool crashed = false;
  std::lock_guard lock(mutex);
  if (crashed)
    return createStringError("the linker crashed before and cannot run again "
                             "in this process; start a new one");
  raw_string_ostream os(messages);
  lld::Result result =
      lld::lldMain(arguments, nulls(), os, {{lld::Gnu, &lld::elf::link}});
  crashed = !result.canRunAgain;
  if (result.retCode == 0)
    return Error::success();
  return createStringError(crashed ? "the linker crashed" : "linking failed");
}

/// lld's messages with the names of modules instead of those of temporary files
/// and without its own name, on one line.
static std::string
readable(StringRef messages,
         ArrayRef<std::pair<std::string, std::string>> files) {
  SmallVector<std::string> lines;
  for (StringRef line : split(messages, '\n')) {
    line.consume_front("ld.lld: error: ");
    line.consume_front(">>>");
    std::string text = line.trim().str();
    for (const auto &[file, name] : files)
      for (size_t at; (at = text.find(file)) != std::string::npos;)
        text.replace(at, file.size(), name);
    if (!text.empty())
      lines.push_back(text);
  }
  return join(lines, "; ");
}

Error runLinker(ArrayRef<ObjectCode> objects, uint64_t weightBytes,
                ArtifactForm form, ArrayRef<std::string> options,
                StringRef output) {
  Expected<TemporaryFolder> folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  std::vector<std::pair<std::string, std::string>> files;
  auto addFile = [&](StringRef bytes, StringRef name) -> Error {
    auto file = folder->write(std::to_string(files.size()) + ".o", bytes);
    if (!file)
      return file.takeError();
    files.push_back({*file, name.str()});
    return Error::success();
  };
  for (const ObjectCode &object : objects)
    if (Error error =
            addFile({object.bytes.data(), object.bytes.size()}, object.name))
      return error;
  if (weightBytes > 0)
    if (Error error = addFile(makeWeightStub(weightBytes, form), "weights"))
      return error;

  std::string outputText = output.str();
  std::vector<const char *> arguments = {
      "ld.lld", "--build-id=none", "--threads=1", "-o", outputText.c_str()};
  for (const std::string &option : options)
    arguments.push_back(option.c_str());
  for (const auto &file : files)
    arguments.push_back(file.first.c_str());
  std::string messages;
  if (Error error = runLld(arguments, messages))
    return createStringError(toString(std::move(error)) + ": " +
                             readable(messages, files));
  return Error::success();
}

} // namespace tenon::cpu
