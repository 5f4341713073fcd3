//===- Page.cpp - The report as one HTML file -----------------------------===//
//
// The files of lib/Explain/page, embedded by CMake, with the report as a block
// of JSON.
//
//===----------------------------------------------------------------------===//

#include "tenon/Explain/Report.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace tenon;
using namespace tenon::explain;

static constexpr StringLiteral kPage =
#include "lib/Explain/Page.inc"
    ;

/// JSON has angle brackets in strings only. Without them no name of a node can
/// end the block, whatever it is.
static void writeBlock(const Report &report, raw_ostream &os) {
  std::string text;
  raw_string_ostream buffer(text);
  writeJson(report, buffer);
  for (char c : text)
    c == '<' ? os << "\\u003c" : os << c;
}

void explain::writePage(const Report &report, raw_ostream &os) {
  auto [head, rest] = StringRef(kPage).split("{{title}}");
  auto [body, tail] = rest.split("{{report}}");
  os << head;
  printHTMLEscaped(json::fixUTF8(report.model), os);
  os << body;
  writeBlock(report, os);
  os << tail;
}
