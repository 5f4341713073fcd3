//===- ModuleTableTest.cpp - The table, read back through the ABI ---------===//

#include "tenon/Target/CPU/ModuleTable.h"
#include "tenon/Target/CPU/Jit.h"
#include "test/unit/Target/CPU/TestModules.h"
#include <catch2/catch.hpp>
#include <cstring>

using namespace tenon;
using namespace tenon::cpu;
using namespace tenon::cpu::test;

static std::string_view text(const char *string) { return string; }

TEST_CASE("a table reads back field by field", "[ModuleTable]") {
  const std::vector<char> bytes(100, 'w');
  WeightBlob weights;
  WeightSource source;
  source.data = bytes;
  weights.append(std::move(source));

  ModuleTable table = smallTable("host", "k0", weights);
  table.symbols = {{"batch", 1, 8, 1}, {"seq", 0, 512, 64}};
  table.inputs.push_back(
      {"x",
       {{-1, 0, "batch"}, {-1, -1, "2*seq+1"}, {64, -1, "64"}},
       {TN_FLOAT, 32, 1}});
  table.outputs.push_back({"scalar", {}, {TN_INT, 64, 1}});
  table.outputs.push_back({"y", {{-1, 1, "seq"}}, {TN_BFLOAT, 16, 1}});
  table.variants.front().arenaBytes = 4096;
  table.variants.front().kernels.push_back({"second", "k1"});
  table.variants.front().regions = {{"call", "f"}, {"loop", ""}};
  table.variants.push_back({"other", 3, "host2", {}, -1});

  Modules modules;
  auto jit = llvm::cantFail(Jit::create(hostTarget()));
  ObjectCode objects[] = {llvm::cantFail(compileTable(table, hostTarget())),
                          modules.compile(addKernel("k0", 1)),
                          modules.compile(addKernel("k1", 2)),
                          modules.compile(hostProgram("host", 7)),
                          modules.compile(hostProgram("host2", 8))};
  auto module = llvm::cantFail(jit->load(objects, weights));
  const tn_module_desc *desc = llvm::cantFail(module->query());

  CHECK(desc->abi_version == TN_ABI_VERSION);
  CHECK(desc->struct_bytes == sizeof(tn_module_desc));
  CHECK(text(desc->name) == "small");
  CHECK(text(desc->producer) == "test");
  REQUIRE(desc->symbol_count == 2);
  CHECK(text(desc->symbols[1].name) == "seq");
  CHECK(desc->symbols[1].min == 0);
  CHECK(desc->symbols[1].max == 512);
  CHECK(desc->symbols[1].multiple == 64);
  REQUIRE(desc->input_count == 1);
  const tn_tensor_desc &x = desc->inputs[0];
  CHECK(text(x.name) == "x");
  REQUIRE(x.rank == 3);
  CHECK(x.dtype.code == TN_FLOAT);
  CHECK(x.dtype.bits == 32);
  CHECK(x.dtype.lanes == 1);
  CHECK(x.dims[0].symbol == 0);
  CHECK(x.dims[1].size == -1);
  CHECK(x.dims[1].symbol == -1);
  CHECK(text(x.dims[1].text) == "2*seq+1");
  CHECK(x.dims[2].size == 64);
  REQUIRE(desc->output_count == 2);
  CHECK(desc->outputs[0].rank == 0);
  CHECK(desc->outputs[0].dims == nullptr);
  CHECK(desc->outputs[1].dtype.code == TN_BFLOAT);
  REQUIRE(desc->variant_count == 2);
  const tn_variant_desc &variant = desc->variants[0];
  CHECK(text(variant.target) == "x86-64-v3");
  CHECK(variant.requires_features == TN_CPU_X86_64_V3);
  CHECK(variant.run(nullptr, nullptr, nullptr, nullptr, nullptr) == 7);
  CHECK(variant.arena_bytes == 4096);
  REQUIRE(variant.kernel_count == 2);
  CHECK(text(variant.kernels[1].name) == "second");
  REQUIRE(variant.region_count == 2);
  CHECK(text(variant.regions[0].name) == "call");
  CHECK(text(variant.regions[0].function) == "f");
  CHECK(text(variant.regions[1].name) == "loop");
  CHECK(variant.regions[1].function == nullptr);
  CHECK(desc->variants[1].region_count == 0);
  CHECK(desc->variants[1].kernels == nullptr);
  CHECK(desc->variants[1].arena_bytes == -1);
  CHECK(desc->variants[1].run(nullptr, nullptr, nullptr, nullptr, nullptr) ==
        8);

  float data[48] = {};
  void *args[] = {data};
  variant.kernels[1].fn(args, 1, 3);
  CHECK(data[15] == 0);
  CHECK(data[16] == 2);
  CHECK(data[47] == 2);

  CHECK(desc->weights_bytes == 100);
  CHECK(uintptr_t(desc->weights) % TN_BUFFER_ALIGNMENT == 0);
  CHECK(std::memcmp(desc->weights, bytes.data(), 100) == 0);

  auto query = reinterpret_cast<tn_module_query_fn>(
      llvm::cantFail(module->lookup(TN_MODULE_QUERY_SYMBOL)));
  CHECK(query(TN_ABI_VERSION + 1) == nullptr);
}
