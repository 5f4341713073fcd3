//===- ModuleTable.h - The table of a compiled module -----------*- C++ -*-===//
//
// The structs mirror runtime/abi/tenon_abi.h, with symbol names where the ABI
// has addresses.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TARGET_CPU_MODULETABLE_H
#define TENON_TARGET_CPU_MODULETABLE_H

#include "runtime/abi/tenon_abi.h"
#include "tenon/Target/CPU/NativeCode.h"
#include <string>
#include <vector>

namespace tenon::cpu {

struct ModuleTable {
  struct Symbol {
    std::string name;
    int64_t min = 0;
    int64_t max = INT64_MAX;
    int64_t multiple = 1;
  };
  struct Dim {
    int64_t size = -1;   ///< -1 if dynamic
    int32_t symbol = -1; ///< index, if it is exactly one
    std::string text;
  };
  struct Tensor {
    std::string name;
    std::vector<Dim> dims;
    tn_dtype dtype = {};
  };
  struct Kernel {
    std::string name;     ///< what people see
    std::string function; ///< symbol
    int64_t launches = 0; ///< places in the host program
  };
  struct Region {
    std::string name;
    std::string function; ///< that is called; else empty
  };
  struct Variant {
    std::string target;
    uint64_t requiredFeatures = 0;
    std::string hostFunction; ///< symbol
    std::vector<Kernel> kernels;
    int64_t arenaBytes = -1;
    std::vector<Region> regions;
  };

  std::string name;
  std::string producer;
  std::vector<Symbol> symbols; ///< those bound by inputs first
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
  std::vector<Variant> variants; ///< best first
  uint64_t weightsBytes = 0;     ///< of the blob; 0: there is none
};

/// The module that defines the table and `tn_module_query`.
std::unique_ptr<llvm::Module> buildTableModule(const ModuleTable &table,
                                               llvm::LLVMContext &context);
/// The same as an object for `target`.
llvm::Expected<ObjectCode> compileTable(const ModuleTable &table,
                                        const TargetDesc &target);

} // namespace tenon::cpu

#endif // TENON_TARGET_CPU_MODULETABLE_H
