//===- Module.cpp - Tests of loading and of what is refused ---------------===//
#include "core/Module.h"

#include "FakeModel.h"

#include <catch2/catch.hpp>

#include <cstdio>
#include <string>

using Catch::Matchers::Contains;

/// Loads a changed copy of the fake model, which must fail.
template <typename Change>
static std::string loadFailure(tn_status expected, Change change) {
  tn_module_desc desc = fake::model;
  change(desc);
  tn_module *module;
  CHECK(fake::load(desc, &module) == expected);
  CHECK(module == nullptr);
  return tn_last_message();
}

TEST_CASE("an artifact file loads and describes itself", "[module]") {
  tn_module *module;
  REQUIRE(tn_module_load(TENON_FAKE_ARTIFACT, &module) == TN_OK);
  const tn_module_desc *desc = tn_module_describe(module);
  CHECK(std::string(desc->name) == "fake");
  CHECK(desc->variant_count == 2);
  CHECK(desc->weights_bytes == 0);
  CHECK(tn_module_find_input(module, "x") == 1);
  CHECK(tn_module_find_input(module, "y") == -1);
  CHECK(tn_module_find_output(module, "kept") == 2);
  tn_session *session;
  REQUIRE(tn_session_create(module, nullptr, &session) == TN_OK);
  tn_module_release(module);
  fake::Inputs inputs(2, 3);
  fake::Outputs outputs;
  CHECK(tn_run(session, inputs.views.data(), 3, outputs.list, 3) == TN_OK);
  tn_session_release(session);
  tn_module_release(nullptr);
}

TEST_CASE("files that are no artifacts", "[module]") {
  tn_module *module;
  CHECK(tn_module_load("missing.so", &module) == TN_LOAD_FAILED);
  CHECK_THAT(tn_last_message(), Contains("missing.so: No such file"));
  CHECK(tn_module_load("", &module) == TN_INVALID_ARGUMENT);
  CHECK(tn_module_load(nullptr, &module) == TN_INVALID_ARGUMENT);
  CHECK(tn_module_load(TENON_FAKE_NO_ARTIFACT, &module) == TN_LOAD_FAILED);
  CHECK_THAT(tn_last_message(), Contains("does not export tn_module_query"));

  std::FILE *file = std::fopen("tenon-runtime-test-text.so", "w");
  REQUIRE(file);
  std::fputs("not a library", file);
  std::fclose(file);
  CHECK(tn_module_load("tenon-runtime-test-text.so", &module) ==
        TN_LOAD_FAILED);
  CHECK_THAT(tn_last_message(), Contains("tenon-runtime-test-text.so"));
  CHECK(module == nullptr);
  std::remove("tenon-runtime-test-text.so");
}

TEST_CASE("another ABI version is refused", "[module]") {
  tn_module *module;
  CHECK(tn_module_from_query(
            [](uint32_t) -> const tn_module_desc * { return nullptr; },
            &module) == TN_VERSION_MISMATCH);
  CHECK_THAT(tn_last_message(), Contains("does not speak ABI version " +
                      std::to_string(TN_ABI_VERSION)));
  CHECK_THAT(loadFailure(TN_VERSION_MISMATCH,
                         [](tn_module_desc &desc) { desc.abi_version = 7; }),
             Contains("compiled for ABI version 7"));
  CHECK_THAT(loadFailure(TN_VERSION_MISMATCH,
                         [](tn_module_desc &desc) { desc.struct_bytes = 8; }),
             Contains("table of 8 bytes"));
  CHECK(tn_module_from_query(nullptr, &module) == TN_INVALID_ARGUMENT);
}

TEST_CASE("broken tables are refused", "[module]") {
  auto broken = [](auto change) {
    CHECK_THAT(loadFailure(TN_LOAD_FAILED, change),
               Contains("broken module table"));
  };
  broken([](tn_module_desc &desc) { desc.name = nullptr; });
  broken([](tn_module_desc &desc) { desc.input_count = -1; });
  broken([](tn_module_desc &desc) { desc.variant_count = 0; });
  broken([](tn_module_desc &desc) { desc.outputs = nullptr; });
  broken([](tn_module_desc &desc) { desc.weights_bytes = 1; });
  // The inputs name symbol 1.
  broken([](tn_module_desc &desc) { desc.symbol_count = 1; });
}

TEST_CASE("the first variant that the CPU can run is chosen", "[module]") {
  const tn_variant_desc *variant;
  uint64_t v4 = TN_CPU_X86_64_V3 | TN_CPU_X86_64_V4;
  REQUIRE(tenon::runtime::chooseVariant(fake::model, v4, &variant) == TN_OK);
  CHECK(std::string(variant->target) == "x86-64-v4");
  REQUIRE(tenon::runtime::chooseVariant(fake::model, TN_CPU_X86_64_V3,
                                        &variant) == TN_OK);
  CHECK(std::string(variant->target) == "x86-64-v3");
  CHECK(tenon::runtime::chooseVariant(fake::model, 0, &variant) ==
        TN_UNSUPPORTED);
  CHECK_THAT(tn_last_message(),
             Contains("is compiled for x86-64-v4, x86-64-v3, but this CPU"));
}
