//===- Remarks.cpp - What passes did and could not do ---------------------===//

#include "tenon/Driver/Remarks.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace tenon;

SmallVector<StringRef> tenon::nodeNames(Location location) {
  SmallVector<StringRef> names;
  location->walk([&](Location part) {
    if (auto name = dyn_cast<NameLoc>(part))
      names.push_back(name.getName());
    return WalkResult::advance();
  });
  return names;
}

void Remark::print(raw_ostream &os) const {
  os << place << ": " << kind << " " << name << " [" << category << "]";
  StringRef separator = " ";
  for (const auto &[key, value] : arguments) {
    os << separator << key << "=" << value;
    separator = ", ";
  }
  os << "\n";
}

namespace {
class RemarkForwarder : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit RemarkForwarder(std::function<void(const Remark &)> onRemark)
      : onRemark(std::move(onRemark)) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    Remark result;
    for (StringRef name : nodeNames(remark.getLocation()))
      result.nodes.push_back(name.str());
    result.place = llvm::join(result.nodes, ", ");
    if (result.nodes.empty())
      llvm::raw_string_ostream(result.place) << remark.getLocation();
    result.kind = remark.getRemarkTypeString().lower();
    result.name = remark.getRemarkName().str();
    result.category = remark.getCategoryName().str();
    for (const auto &argument : remark.getArgs())
      result.arguments.emplace_back(argument.key, argument.val);
    onRemark(result);
  }

private:
  std::function<void(const Remark &)> onRemark;
};
} // namespace

void tenon::enableRemarks(MLIRContext &context,
                          std::function<void(const Remark &)> onRemark) {
  std::string any = ".*";
  remark::RemarkCategories categories{std::nullopt, any, any, any, any};
  LogicalResult enabled = remark::enableOptimizationRemarks(
      context, std::make_unique<RemarkForwarder>(std::move(onRemark)),
      std::make_unique<remark::RemarkEmittingPolicyAll>(), categories);
  assert(succeeded(enabled) && "remarks are enabled twice");
  (void)enabled;
}
