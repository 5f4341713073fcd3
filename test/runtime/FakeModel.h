//===- FakeModel.h - A hand-written artifact to test the runtime with -----===//
//
// What a compiler would emit for
//
//   inputs   ids: i64[batch, seq]   x: f32[batch, seq, 4]   scale: f32[]
//   outputs  y: f32[batch, seq, 4] = scale * x + ids
//            sum: f32[] = sum(y)
//            kept: i64[kept] = the ids that are not negative
//
// with 1 <= batch <= 64 and seq a multiple of 1 up to 2^40. A NaN scale makes
// it fail.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_TEST_RUNTIME_FAKEMODEL_H
#define TENON_TEST_RUNTIME_FAKEMODEL_H

#include "tenon/runtime.h"

#include <vector>

namespace fake {

extern const tn_module_desc model;

/// The query function of `model`.
const tn_module_desc *query(uint32_t abiVersion);

/// Loads any table; it must outlive the module.
tn_status load(const tn_module_desc &desc, tn_module **outModule);

/// A table without inputs and outputs whose only variant runs `host`.
struct Program {
  explicit Program(tn_host_fn host, std::vector<tn_kernel_desc> kernels = {});
  Program(const Program &) = delete;

  std::vector<tn_kernel_desc> kernels;
  tn_variant_desc variant;
  tn_module_desc desc;
};

/// Inputs of the model: ids count up from -1, x is 1, scale is 2.
struct Inputs {
  Inputs(int64_t batch, int64_t seq);
  Inputs(const Inputs &) = delete;

  std::vector<int64_t> idDims, xDims, ids;
  std::vector<float> x;
  float scale = 2;
  std::vector<tn_view> views;
};

/// A module and a session of `desc`, released at the end.
struct Loaded {
  explicit Loaded(const tn_module_desc &desc = model, tn_options options = {});
  Loaded(const Loaded &) = delete;
  ~Loaded();

  tn_module *module = nullptr;
  tn_session *session = nullptr;
};

/// Three outputs of the model; the tensors are released at the end.
struct Outputs {
  Outputs() = default;
  Outputs(const Outputs &) = delete;
  ~Outputs();

  tn_output list[3] = {};
};

} // namespace fake

#endif // TENON_TEST_RUNTIME_FAKEMODEL_H
