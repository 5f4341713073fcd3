//===- Quoted.h - A name from a model, as messages show it -----*- C++ -*-===//

#ifndef TENON_LIB_IMPORT_ONNX_QUOTED_H
#define TENON_LIB_IMPORT_ONNX_QUOTED_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace tenon::onnx {

/// `name` in quotes, on one line, in printable ASCII, at most 100 bytes of it.
inline std::string quoted(llvm::StringRef name) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '"';
  os.write_escaped(name.take_front(100));
  os << (name.size() > 100 ? "...\"" : "\"");
  return text;
}

} // namespace tenon::onnx

#endif // TENON_LIB_IMPORT_ONNX_QUOTED_H
