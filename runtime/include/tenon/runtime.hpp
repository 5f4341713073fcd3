//===- runtime.hpp - C++ on top of runtime.h: RAII and exceptions ---------===//
//
// Header only; each class owns one reference of the C object and gives access
// to it with get(). A failure throws Error, which carries status and message.
// The rest of the contract (threads, memory, versions) is that of runtime.h.
//
//   tenon::runtime::Module module("model.so");
//   tenon::runtime::Session session(module);
//   auto outputs = session.run({tenon::runtime::view(pixels, dims)});
//   const float *scores = outputs[0].data<float>();
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_HPP
#define TENON_RUNTIME_HPP

#include "runtime.h"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tenon::runtime {

class Error : public std::runtime_error {
public:
  explicit Error(tn_status status)
      : std::runtime_error(tn_last_message()), code(status) {}
  tn_status status() const { return code; }

private:
  tn_status code;
};

inline void check(tn_status status) {
  if (status != TN_OK)
    throw Error(status);
}

/// The element type of a C++ arithmetic type.
template <typename T> constexpr tn_dtype dtypeOf() {
  static_assert(std::is_arithmetic_v<T>, "no element type of the runtime");
  uint8_t code = std::is_same_v<T, bool>       ? TN_BOOL
                 : std::is_floating_point_v<T> ? TN_FLOAT
                 : std::is_signed_v<T>         ? TN_INT
                                               : TN_UINT;
  return {code, uint8_t(8 * sizeof(T)), 1};
}

/// Shows the caller's data; `data` and `dims` must outlive the view. Inputs are
/// only read, so const data is fine for them.
template <typename T> tn_view view(T *data, const std::vector<int64_t> &dims) {
  using Element = std::remove_const_t<T>;
  return {const_cast<Element *>(data), dims.data(), int32_t(dims.size()),
          dtypeOf<Element>()};
}

/// Shared ownership of a tensor.
class Tensor {
public:
  Tensor() = default;
  /// Takes over one reference.
  explicit Tensor(tn_tensor *tensor) : tensor(tensor) {}
  Tensor(tn_dtype dtype, const std::vector<int64_t> &dims) {
    check(tn_tensor_create(dtype, int32_t(dims.size()), dims.data(), &tensor));
  }
  Tensor(const Tensor &other) : tensor(other.tensor) {
    if (tensor)
      tn_tensor_retain(tensor);
  }
  Tensor(Tensor &&other) noexcept : tensor(other.tensor) {
    other.tensor = nullptr;
  }
  Tensor &operator=(Tensor other) noexcept {
    std::swap(tensor, other.tensor);
    return *this;
  }
  ~Tensor() { tn_tensor_release(tensor); }

  /// Takes over `managed`.
  static Tensor fromDLPack(DLManagedTensor *managed) {
    tn_tensor *tensor;
    check(tn_tensor_from_dlpack(managed, &tensor));
    return Tensor(tensor);
  }
  /// The caller runs the result's deleter.
  DLManagedTensor *toDLPack() const {
    DLManagedTensor *managed;
    check(tn_tensor_to_dlpack(tensor, &managed));
    return managed;
  }

  explicit operator bool() const { return tensor != nullptr; }
  tn_tensor *get() const { return tensor; }
  tn_view view() const { return tn_tensor_view(tensor); }
  template <typename T> T *data() const {
    return static_cast<T *>(view().data);
  }
  std::vector<int64_t> dims() const {
    tn_view shown = view();
    return {shown.dims, shown.dims + shown.rank};
  }

private:
  tn_tensor *tensor = nullptr;
};

class Module {
public:
  explicit Module(const std::string &path) {
    tn_module *module;
    check(tn_module_load(path.c_str(), &module));
    handle.reset(module);
  }
  explicit Module(tn_module_query_fn query) {
    tn_module *module;
    check(tn_module_from_query(query, &module));
    handle.reset(module);
  }

  tn_module *get() const { return handle.get(); }
  const tn_module_desc &describe() const { return *tn_module_describe(get()); }

private:
  struct Release {
    void operator()(tn_module *module) const { tn_module_release(module); }
  };
  std::unique_ptr<tn_module, Release> handle;
};

class Session {
public:
  explicit Session(const Module &module, tn_options options = {}) {
    options.struct_bytes = sizeof(options);
    tn_session *session;
    check(tn_session_create(module.get(), &options, &session));
    handle.reset(session);
    outputCount = module.describe().output_count;
  }

  /// All outputs are new tensors.
  std::vector<Tensor> run(const std::vector<tn_view> &inputs) {
    std::vector<tn_output> outputs(outputCount, tn_output{});
    run(inputs, outputs);
    std::vector<Tensor> tensors;
    tensors.reserve(outputs.size());
    for (tn_output &output : outputs)
      tensors.emplace_back(output.tensor);
    return tensors;
  }

  /// As tn_run: each output is the caller's memory or becomes a new tensor.
  void run(const std::vector<tn_view> &inputs,
           std::vector<tn_output> &outputs) {
    check(tn_run(get(), inputs.data(), int32_t(inputs.size()), outputs.data(),
                 int32_t(outputs.size())));
  }

  tn_session *get() const { return handle.get(); }

private:
  struct Release {
    void operator()(tn_session *session) const { tn_session_release(session); }
  };
  std::unique_ptr<tn_session, Release> handle;
  size_t outputCount = 0;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_HPP
