//===- ExprSyntax.cpp - The text of expressions and shapes ---------------===//
//
// Printing, parsing and the check of a shape against its tensor type. What is
// printed parses back to the same attribute, because parsing builds with the
// canonical constructors and a canonical expression is their fixed point.
//
//===----------------------------------------------------------------------===//

#include "Polynomial.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace tenon::tn {

using BinaryFunction = ExprAttr (*)(ExprAttr, ExprAttr);

/// The constructor that is written `name(a, b)`, or null.
static BinaryFunction functionOf(StringRef name) {
  return llvm::StringSwitch<BinaryFunction>(name)
      .Case("floordiv", floorDivExpr)
      .Case("ceildiv", ceilDivExpr)
      .Case("mod", modExpr)
      .Case("min", minExpr)
      .Case("max", maxExpr)
      .Case("broadcast", broadcastExpr)
      .Default(nullptr);
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

static StringRef functionName(ExprKind kind) {
  switch (kind) {
  case ExprKind::FloorDiv:
    return "floordiv";
  case ExprKind::CeilDiv:
    return "ceildiv";
  case ExprKind::Mod:
    return "mod";
  case ExprKind::Min:
    return "min";
  case ExprKind::Max:
    return "max";
  case ExprKind::Broadcast:
    return "broadcast";
  default:
    llvm_unreachable("not a function");
  }
}

static void printSymbol(StringRef name, llvm::raw_ostream &os) {
  bool plain =
      !name.empty() && !llvm::isDigit(name.front()) && !functionOf(name) &&
      llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
  if (plain) {
    os << name;
    return;
  }
  os << '"';
  llvm::printEscapedString(name, os);
  os << '"';
}

/// A plus where a term needs one: a minus sign serves as well, except that
/// `- 9223372036854775808` would not parse.
static void printPlus(int64_t number, llvm::raw_ostream &os) {
  if (number >= 0 || number == std::numeric_limits<int64_t>::min())
    os << '+';
}

static void printExpr(ExprAttr e, llvm::raw_ostream &os);

static void printOperand(ExprAttr e, llvm::raw_ostream &os) {
  os << '(';
  printExpr(e, os);
  os << ')';
}

/// Prints an atom of a product; sums inside get parentheses.
static void printAtom(ExprAttr e, llvm::raw_ostream &os) {
  if (!isOpaque(e))
    return printExpr(e, os);
  os << '(' << e.getValue();
  for (ExprAttr arg : e.getArgs().drop_front()) {
    os << (e.getKind() == ExprKind::Add ? '+' : '*');
    printOperand(arg, os);
  }
  os << ')';
}

static void printFunction(ExprAttr e, llvm::raw_ostream &os) {
  SmallVector<ExprAttr> args(e.getArgs());
  if (e.getKind() == ExprKind::Min || e.getKind() == ExprKind::Max ||
      e.getKind() == ExprKind::Broadcast) {
    args.clear();
    collectLeaves(e.getKind(), e, args);
  }
  os << functionName(e.getKind()) << '(';
  llvm::interleaveComma(args, os, [&](ExprAttr arg) { printExpr(arg, os); });
  os << ')';
}

static void printExpr(ExprAttr e, llvm::raw_ostream &os) {
  switch (e.getKind()) {
  case ExprKind::Constant:
    os << e.getValue();
    return;
  case ExprKind::Symbol:
    return printSymbol(e.getName(), os);
  case ExprKind::Add:
    if (isOpaque(e))
      return printAtom(e, os);
    for (auto [i, arg] : llvm::enumerate(e.getArgs())) {
      if (i != 0)
        printPlus(arg.getKind() == ExprKind::Mul ? arg.getValue() : 1, os);
      printExpr(arg, os);
    }
    if (e.getValue() == 0)
      return;
    printPlus(e.getValue(), os);
    os << e.getValue();
    return;
  case ExprKind::Mul:
    if (isOpaque(e))
      return printAtom(e, os);
    if (e.getValue() == -1)
      os << '-';
    else if (e.getValue() != 1)
      os << e.getValue() << '*';
    llvm::interleave(
        e.getArgs(), os, [&](ExprAttr arg) { printAtom(arg, os); }, "*");
    return;
  default:
    return printFunction(e, os);
  }
}

std::string ExprAttr::str() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  printExpr(*this, os);
  return text;
}

void ExprAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printExpr(*this, printer.getStream());
  printer << '>';
}

void ShapeAttr::print(AsmPrinter &printer) const {
  printer << "<[";
  llvm::interleaveComma(getDims(), printer.getStream(), [&](ExprAttr dim) {
    printExpr(dim, printer.getStream());
  });
  printer << "]>";
}

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

/// function `(` expr (`,` expr)+ `)`, after the name
static FailureOr<ExprAttr> parseCall(AsmParser &parser, SMLoc loc,
                                     StringRef name) {
  BinaryFunction build = functionOf(name);
  bool divides = name == "floordiv" || name == "ceildiv" || name == "mod";
  SmallVector<ExprAttr> args;
  if (parser.parseCommaSeparatedList(
          AsmParser::Delimiter::Paren, [&]() -> ParseResult {
            FailureOr<ExprAttr> arg = parseExpr(parser);
            if (succeeded(arg))
              args.push_back(*arg);
            return failure(failed(arg));
          }))
    return failure();
  if (args.size() < 2 || (divides && args.size() > 2)) {
    parser.emitError(loc) << "'" << name << "' takes "
                          << (divides ? "2" : "at least 2") << " sizes, got "
                          << args.size();
    return failure();
  }
  ExprAttr result = args.front();
  for (ExprAttr arg : ArrayRef(args).drop_front())
    result = build(result, arg);
  return result;
}

/// integer, with the minus sign that stood before it
static FailureOr<ExprAttr> parseInteger(AsmParser &parser, bool negative) {
  SMLoc loc = parser.getCurrentLocation();
  APInt value;
  OptionalParseResult result = parser.parseOptionalInteger(value);
  if (!result.has_value()) {
    parser.emitError(loc, "expected a size: an integer, a name, '(' or a "
                          "function such as ceildiv(a, b)");
    return failure();
  }
  if (failed(*result))
    return failure();
  value = value.zext(value.getBitWidth() + 1);
  if (negative)
    value.negate();
  if (!value.isSignedIntN(64)) {
    parser.emitError(loc, "integer does not fit in 64 bits");
    return failure();
  }
  return constantExpr(parser.getContext(), value.getSExtValue());
}

/// string | name | call | `(` expr `)` | `-`* factor | integer
static FailureOr<ExprAttr> parseFactor(AsmParser &parser,
                                       bool negative = false) {
  SMLoc loc = parser.getCurrentLocation();
  std::string quoted;
  StringRef name;
  FailureOr<ExprAttr> factor;
  if (succeeded(parser.parseOptionalString(&quoted))) {
    factor = symbolExpr(parser.getContext(), quoted);
  } else if (succeeded(parser.parseOptionalKeyword(&name))) {
    factor = functionOf(name) ? parseCall(parser, loc, name)
                              : symbolExpr(parser.getContext(), name);
  } else if (succeeded(parser.parseOptionalLParen())) {
    factor = parseExpr(parser);
    if (succeeded(factor) && parser.parseRParen())
      return failure();
  } else if (succeeded(parser.parseOptionalMinus())) {
    return parseFactor(parser, !negative);
  } else {
    return parseInteger(parser, negative);
  }
  if (failed(factor) || !negative)
    return factor;
  return mulExpr(*factor, -1);
}

/// factor (`*` factor)*
static FailureOr<ExprAttr> parseProduct(AsmParser &parser) {
  FailureOr<ExprAttr> product = parseFactor(parser);
  while (succeeded(product) && succeeded(parser.parseOptionalStar())) {
    FailureOr<ExprAttr> factor = parseFactor(parser);
    if (failed(factor))
      return failure();
    product = mulExpr(*product, *factor);
  }
  return product;
}

/// product ((`+` | `-`) product)*
FailureOr<ExprAttr> parseExpr(AsmParser &parser) {
  FailureOr<ExprAttr> sum = parseProduct(parser);
  while (succeeded(sum)) {
    bool plus = succeeded(parser.parseOptionalPlus());
    if (!plus && failed(parser.parseOptionalMinus()))
      break;
    FailureOr<ExprAttr> product = parseProduct(parser);
    if (failed(product))
      return failure();
    sum = plus ? addExpr(*sum, *product) : subExpr(*sum, *product);
  }
  return sum;
}

Attribute ExprAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  FailureOr<ExprAttr> e = parseExpr(parser);
  if (failed(e) || parser.parseGreater())
    return {};
  return *e;
}

Attribute ShapeAttr::parse(AsmParser &parser, Type) {
  SmallVector<ExprAttr> dims;
  auto parseDim = [&]() -> ParseResult {
    FailureOr<ExprAttr> dim = parseExpr(parser);
    if (succeeded(dim))
      dims.push_back(*dim);
    return failure(failed(dim));
  };
  if (parser.parseLess() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseDim) ||
      parser.parseGreater())
    return {};
  return ShapeAttr::get(parser.getContext(), dims);
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

LogicalResult
ShapeAttr::verifyEncoding(ArrayRef<int64_t> shape, Type,
                          function_ref<InFlightDiagnostic()> emitError) const {
  if (shape.size() != size())
    return emitError() << "the symbolic shape has " << size()
                       << " dimensions, the tensor " << shape.size();
  bool isStatic = true;
  for (auto [i, extent] : llvm::enumerate(shape)) {
    ExprAttr dim = getDims()[i];
    if (ShapedType::isDynamic(extent)) {
      isStatic = false;
      if (dim.isConstant())
        return emitError() << "dimension " << i << " is '?' but its size is "
                           << dim.str() << ": write the constant in the type";
    } else if (!dim.isConstant(extent)) {
      return emitError() << "dimension " << i << " is " << extent
                         << " in the type but " << dim.str()
                         << " in the symbolic shape";
    }
  }
  if (isStatic)
    return emitError() << "a static tensor carries no symbolic shape";
  return success();
}

} // namespace tenon::tn
