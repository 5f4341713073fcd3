//===- RemarkPrinter.cpp - Remarks as lines of text -----------------------===//

#include "lib/Driver/RemarkPrinter.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace tenon;

namespace {

/// The names of ONNX nodes in a location, or its text if there is none.
std::string nameOf(Location location) {
  std::string text;
  location->walk([&](Location part) {
    if (auto name = dyn_cast<NameLoc>(part))
      text += (text.empty() ? "" : ", ") + name.getName().str();
    return WalkResult::advance();
  });
  if (text.empty())
    llvm::raw_string_ostream(text) << location;
  return text;
}

class RemarkPrinter : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit RemarkPrinter(raw_ostream &os) : os(os) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    os << nameOf(remark.getLocation()) << ": "
       << remark.getRemarkTypeString().lower() << " " << remark.getRemarkName()
       << " [" << remark.getCategoryName() << "]";
    StringRef separator = " ";
    for (const auto &argument : remark.getArgs()) {
      os << separator << argument.key << "=" << argument.val;
      separator = ", ";
    }
    os << "\n";
  }

private:
  raw_ostream &os;
};

} // namespace

void tenon::enableRemarks(MLIRContext &context, raw_ostream &os) {
  std::string any = ".*";
  remark::RemarkCategories categories{std::nullopt, any, any, any, any};
  LogicalResult enabled = remark::enableOptimizationRemarks(
      context, std::make_unique<RemarkPrinter>(os),
      std::make_unique<remark::RemarkEmittingPolicyAll>(), categories);
  assert(succeeded(enabled) && "remarks are enabled twice");
  (void)enabled;
}
