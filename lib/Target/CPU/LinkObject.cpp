//===- LinkObject.cpp - Objects and weights become one object -------------===//
//
// The linker merges the objects; then all symbols but the entry point become
// local, so that many models fit into one program.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/Linker.h"
#include "lib/Target/CPU/OutputFile.h"
#include "runtime/abi/tenon_abi.h"
#include "tenon/Target/CPU/Link.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ObjCopy/ConfigManager.h"
#include "llvm/ObjCopy/ELF/ELFObjcopy.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace tenon::cpu {

static Error checkPrefix(StringRef prefix) {
  auto isWord = [](char c) { return isAlnum(c) || c == '_'; };
  if (prefix.empty() || isDigit(prefix.front()) || !all_of(prefix, isWord))
    return createStringError("'" + prefix +
                             "' cannot start the names of C functions: use "
                             "letters, digits and _");
  return Error::success();
}

static Error checkNoUndefined(const object::ELFObjectFileBase &object) {
  StringSet<> undefined;
  for (object::ELFSymbolRef symbol : object.symbols()) {
    Expected<uint32_t> flags = symbol.getFlags();
    if (!flags)
      return flags.takeError();
    Expected<StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    if ((*flags & object::SymbolRef::SF_Undefined) && !name->empty())
      undefined.insert(*name);
  }
  if (undefined.empty())
    return Error::success();
  SmallVector<StringRef> names(undefined.keys());
  llvm::sort(names);
  return createStringError("undefined symbol: " + join(names, ", "));
}

/// Leaves `<prefix>_tn_module_query` as the only global symbol of `object`.
static Error renameSymbols(object::ELFObjectFileBase &object,
                           StringRef querySymbol, raw_ostream &os) {
  objcopy::ConfigManager config;
  config.ELF.LocalizeHidden = true;
  config.Common.SymbolsToRename[TN_MODULE_QUERY_SYMBOL] = querySymbol;
  return objcopy::elf::executeObjcopyOnBinary(config.Common, config.ELF, object,
                                              os);
}

static std::string header(StringRef prefix) {
  std::string text;
  raw_string_ostream os(text);
  std::string guard = prefix.upper() + "_TENON_MODEL_H";
  os << "/* The compiled model `" << prefix << "`. Made by Tenon. */\n"
     << "#ifndef " << guard << "\n#define " << guard << "\n\n"
     << "#include <stdint.h>\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
     << "struct tn_module_desc;\n\n"
     << "/* What the runtime loads the model from; NULL if the model speaks\n"
     << " * another version of the ABI. */\n"
     << "const struct tn_module_desc *" << prefix
     << "_" TN_MODULE_QUERY_SYMBOL "(uint32_t abi_version);\n\n"
     << "#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << guard << " */\n";
  return text;
}

Error writeObject(ArrayRef<ObjectCode> objects, const WeightBlob &weights,
                  StringRef outputPath, StringRef prefix) {
  if (Error error = checkPrefix(prefix))
    return error;
  if (Error error = weights.verify())
    return error;
  SmallString<128> headerPath(outputPath);
  sys::path::replace_extension(headerPath, "h");
  Expected<OutputFile> output = OutputFile::create(outputPath);
  if (!output)
    return output.takeError();
  Expected<OutputFile> headerFile = OutputFile::create(headerPath);
  if (!headerFile)
    return headerFile.takeError();

  auto fail = [&](Error error) {
    return createStringError("'" + outputPath +
                             "': " + toString(std::move(error)));
  };
  if (Error error = runLinker(objects, weights.bytes, ArtifactForm::relocatable,
                              {"-r"}, output->temporaryPath()))
    return fail(std::move(error));
  auto merged = MemoryBuffer::getFile(output->temporaryPath(),
                                      /*IsText=*/false,
                                      /*RequiresNullTerminator=*/false,
                                      /*IsVolatile=*/true);
  if (!merged)
    return fail(errorCodeToError(merged.getError()));
  auto object = object::ObjectFile::createELFObjectFile(**merged);
  if (!object)
    return fail(object.takeError());
  auto &elf = cast<object::ELFObjectFileBase>(**object);
  if (Error error = checkNoUndefined(elf))
    return fail(std::move(error));
  std::string renamed;
  raw_string_ostream os(renamed);
  std::string querySymbol = (prefix + "_" TN_MODULE_QUERY_SYMBOL).str();
  if (Error error = renameSymbols(elf, querySymbol, os))
    return fail(std::move(error));
  if (Error error = output->write(renamed))
    return error;
  if (weights.bytes > 0)
    if (Error error = fillWeightSection(output->temporaryPath(), weights,
                                        ArtifactForm::relocatable))
      return error;
  if (Error error = headerFile->write(header(prefix)))
    return error;
  if (Error error = output->commit())
    return error;
  return headerFile->commit();
}

} // namespace tenon::cpu
