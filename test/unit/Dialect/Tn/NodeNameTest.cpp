//===- NodeNameTest.cpp - Which node of the model an op comes from --------===//

#include "tenon/Dialect/Tn/NodeName.h"
#include "mlir/IR/MLIRContext.h"
#include <catch2/catch.hpp>

using namespace mlir;
using tenon::tn::nodeName;

TEST_CASE("the node of a location", "[Tn]") {
  MLIRContext context;
  auto named = [&](const char *name) -> Location {
    return NameLoc::get(StringAttr::get(&context, name));
  };
  Location unknown = UnknownLoc::get(&context);
  CHECK(nodeName(unknown) == "");
  CHECK(nodeName(named("a")) == "a");
  CHECK(nodeName(FusedLoc::get(&context, {unknown, named("a"), named("b")})) ==
        "a");
  Location call = CallSiteLoc::get(named("call"), named("outer"));
  CHECK(nodeName(CallSiteLoc::get(named("inside"), call)) == "inside");
  CHECK(nodeName(CallSiteLoc::get(unknown, named("call"))) == "call");
}
