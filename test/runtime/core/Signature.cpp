//===- Signature.cpp - Tests of what inputs and outputs are refused -------===//
#include "core/Signature.h"

#include "FakeModel.h"

#include <catch2/catch.hpp>

#include <string>

using namespace tenon::runtime;

/// The message for inputs of 2 x 3 after `change`; "" if they fit.
template <typename Change> static std::string inputMessage(Change change) {
  fake::Inputs inputs(2, 3);
  change(inputs);
  Binding symbols[3];
  tn_status status = bindInputs(fake::model, inputs.views.data(),
                                int32_t(inputs.views.size()), symbols);
  if (status)
    CHECK(status == TN_INVALID_ARGUMENT);
  return status ? tn_last_message() : "";
}

TEST_CASE("inputs bind symbols", "[signature]") {
  fake::Inputs inputs(2, 3);
  Binding symbols[3];
  REQUIRE(bindInputs(fake::model, inputs.views.data(), 3, symbols) == TN_OK);
  CHECK(symbols[0].value == 2);
  CHECK(symbols[1].value == 3);
  CHECK(std::string(symbols[1].input) == "ids");
  CHECK(symbols[2].input == nullptr);
  CHECK(symbols[2].value == kUnbound);
}

TEST_CASE("a scalar may have any rank", "[signature]") {
  static int64_t dims[] = {1, 2};
  CHECK(inputMessage([](fake::Inputs &in) {
          in.views[2].dims = dims;
          in.views[2].rank = 1;
        }).empty());
  CHECK(inputMessage([](fake::Inputs &in) {
          in.views[2].dims = dims;
          in.views[2].rank = 2;
        }) == "input \"scale\": rank is 2, but the model says 0, []");
}

TEST_CASE("messages for inputs that do not fit", "[signature]") {
  using fake::Inputs;
  CHECK(inputMessage([](Inputs &) {}).empty());
  CHECK(inputMessage([](Inputs &in) { in.views.pop_back(); }) ==
        "2 inputs given, but the model has 3 (\"ids\", \"x\", \"scale\")");
  CHECK(inputMessage([](Inputs &in) { in.views[1].dtype = TN_F64; }) ==
        "input \"x\": dtype is f64, but the model says f32");
  CHECK(inputMessage([](Inputs &in) { in.views[1].rank = 2; }) ==
        "input \"x\": rank is 2, but the model says 3, [batch, seq, 4]");
  CHECK(inputMessage([](Inputs &in) { in.xDims[2] = 5; }) ==
        "input \"x\": dim 2 is 5, but the model says 4");
  CHECK(inputMessage([](Inputs &in) { in.xDims[1] = 5; }) ==
        "input \"x\": dim 1 is 5, but the model says \"seq\" = 3 (bound by "
        "input \"ids\")");
  CHECK(inputMessage([](Inputs &in) { in.idDims[0] = 65; }) ==
        "input \"ids\": dim 0 (\"batch\") is 65, but the model was compiled "
        "for 1 to 64");
  CHECK(inputMessage([](Inputs &in) { in.idDims[0] = 0; }) ==
        "input \"ids\": dim 0 (\"batch\") is 0, but the model was compiled "
        "for 1 to 64");
  CHECK(inputMessage([](Inputs &in) { in.idDims[1] = -3; }) ==
        "input \"ids\": dim 1 is negative (-3)");
  CHECK(inputMessage([](Inputs &in) { in.idDims[1] = int64_t(1) << 62; }) ==
        "input \"ids\": its size does not fit into memory");
  CHECK(inputMessage([](Inputs &in) { in.views[0].data = nullptr; }) ==
        "input \"ids\": data is NULL");
  CHECK(inputMessage([](Inputs &in) { in.views[0].dims = nullptr; }) ==
        "input \"ids\": dims are NULL");
}

TEST_CASE("a symbol may have to be a multiple", "[signature]") {
  tn_symbol_desc symbols[] = {{"n", 0, 100, 8}};
  tn_dim_desc dims[] = {{-1, 0, 0, "n"}};
  tn_tensor_desc inputs[] = {{"a", dims, 1, TN_I8}};
  tn_module_desc desc = {};
  desc.symbols = symbols;
  desc.symbol_count = 1;
  desc.inputs = inputs;
  desc.input_count = 1;
  char data[16];
  int64_t size = 16;
  tn_view view = {data, &size, 1, TN_I8};
  Binding binding;
  CHECK(bindInputs(desc, &view, 1, &binding) == TN_OK);
  size = 12;
  CHECK(bindInputs(desc, &view, 1, &binding) == TN_INVALID_ARGUMENT);
  CHECK(std::string(tn_last_message()) ==
        "input \"a\": dim 0 (\"n\") is 12, but the model was compiled for "
        "multiples of 8");
}

TEST_CASE("outputs of the caller are checked before the run", "[signature]") {
  fake::Inputs inputs(2, 3);
  Binding symbols[3];
  REQUIRE(bindInputs(fake::model, inputs.views.data(), 3, symbols) == TN_OK);
  float memory[64];
  int64_t dims[] = {2, 7, 4};
  tn_output outputs[3] = {};
  outputs[0].view = {memory, dims, 3, TN_F32};
  CHECK(checkOutputs(fake::model, outputs, 3, symbols) == TN_INVALID_ARGUMENT);
  CHECK(std::string(tn_last_message()) ==
        "output \"y\": dim 1 is 7, but the model says \"seq\" = 3 (bound by "
        "input \"ids\")");
  dims[1] = 3;
  CHECK(checkOutputs(fake::model, outputs, 3, symbols) == TN_OK);
  CHECK(checkOutputs(fake::model, outputs, 1, symbols) == TN_INVALID_ARGUMENT);
  outputs[0].view.dtype = TN_I32;
  CHECK(checkOutputs(fake::model, outputs, 3, symbols) == TN_INVALID_ARGUMENT);
  CHECK(std::string(tn_last_message()) ==
        "output \"y\": dtype is i32, but the model says f32");
}
