//===- JitTest.cpp - Modules come and go in one process -------------------===//

#include "tenon/Target/CPU/Jit.h"
#include "tenon/Target/CPU/ModuleTable.h"
#include "test/unit/Target/CPU/TestModules.h"
#include <catch2/catch.hpp>

using namespace tenon;
using namespace tenon::cpu;
using namespace tenon::cpu::test;

TEST_CASE("many modules with the same symbols", "[Jit]") {
  Modules modules;
  auto jit = llvm::cantFail(Jit::create(hostTarget()));
  ObjectCode objects[] = {
      llvm::cantFail(compileTable(smallTable("host", "k0", {}), hostTarget())),
      modules.compile(addKernel("k0", 5)),
      modules.compile(hostProgram("host", 3))};
  auto kept = llvm::cantFail(jit->load(objects, {}));
  for (int i = 0; i < 500; ++i) {
    auto module = llvm::cantFail(jit->load(objects, {}));
    const tn_module_desc *desc = llvm::cantFail(module->query());
    REQUIRE(desc->weights == nullptr);
    REQUIRE(desc->variants->run(nullptr, nullptr, nullptr, nullptr, nullptr) ==
            3);
    float data[16] = {1};
    void *args[] = {data};
    desc->variants->kernels->fn(args, 0, 1);
    REQUIRE(data[0] == 6);
  }
  CHECK(llvm::cantFail(kept->query())->variant_count == 1);
}

TEST_CASE("a module may use nothing but itself", "[Jit]") {
  Modules modules;
  auto jit = llvm::cantFail(Jit::create(hostTarget()));
  ObjectCode object = modules.compile(R"(module @uses_libm {
    llvm.func @expf(f32) -> f32
    llvm.func @k(%args: !llvm.ptr, %first: i64, %last: i64) {
      %x = llvm.load %args : !llvm.ptr -> f32
      %y = llvm.call @expf(%x) : (f32) -> f32
      llvm.store %y, %args : f32, !llvm.ptr
      llvm.return
    }
  })");
  auto module = llvm::cantFail(jit->load({object}, {}));
  auto address = module->lookup("k");
  REQUIRE(!address);
  CHECK_THAT(llvm::toString(address.takeError()), Catch::Contains("expf"));
  auto missing = module->lookup("nothing");
  REQUIRE(!missing);
  CHECK_THAT(llvm::toString(missing.takeError()), Catch::Contains("nothing"));
}
