//===- Inspect.cpp - tenon inspect, tenon ops -----------------------------===//

#include "tenon/Import/Onnx/OpTable.h"
#include "tools/tenon/Arguments.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"

using namespace llvm;
using namespace tenon;
using namespace tenon::tool;

static void printTensors(StringRef what, const tn_tensor_desc *tensors,
                         int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    outs() << what << " " << tensors[i].name << ": "
           << tn_dtype_name(tensors[i].dtype) << " [";
    interleaveComma(ArrayRef(tensors[i].dims, tensors[i].rank), outs(),
                    [](const tn_dim_desc &dim) { outs() << dim.text; });
    outs() << "]\n";
  }
}

static void printSymbol(const tn_symbol_desc &symbol) {
  outs() << "symbol " << symbol.name << ": from " << symbol.min;
  if (symbol.max != INT64_MAX)
    outs() << " to " << symbol.max;
  if (symbol.multiple > 1)
    outs() << ", a multiple of " << symbol.multiple;
  outs() << "\n";
}

static void writeTensors(json::OStream &json, StringRef key,
                         const tn_tensor_desc *tensors, int32_t count) {
  json.attributeArray(key, [&] {
    for (const tn_tensor_desc &tensor : ArrayRef(tensors, count))
      json.object([&] {
        json.attribute("name", tensor.name);
        json.attribute("dtype", tn_dtype_name(tensor.dtype));
        json.attributeArray("dims", [&] {
          for (const tn_dim_desc &dim : ArrayRef(tensor.dims, tensor.rank))
            dim.size < 0 ? json.value(dim.text) : json.value(dim.size);
        });
      });
  });
}

static int64_t launchesOf(const tn_variant_desc &variant) {
  int64_t launches = 0;
  for (const tn_kernel_desc &kernel :
       ArrayRef(variant.kernels, variant.kernel_count))
    launches += kernel.launches;
  return launches;
}

static void writeJson(const tn_module_desc &desc, uint64_t bytes) {
  json::OStream json(outs(), /*IndentSize=*/2);
  json.object([&] {
    json.attribute("name", desc.name);
    json.attribute("producer", desc.producer);
    writeTensors(json, "inputs", desc.inputs, desc.input_count);
    writeTensors(json, "outputs", desc.outputs, desc.output_count);
    json.attributeArray("symbols", [&] {
      for (const tn_symbol_desc &symbol :
           ArrayRef(desc.symbols, desc.symbol_count))
        json.object([&] {
          json.attribute("name", symbol.name);
          json.attribute("min", symbol.min);
          json.attribute("max", symbol.max);
          json.attribute("multiple", symbol.multiple);
        });
    });
    json.attribute("artifact_bytes", int64_t(bytes));
    json.attribute("weights_bytes", int64_t(desc.weights_bytes));
    json.attributeArray("variants", [&] {
      for (const tn_variant_desc &variant :
           ArrayRef(desc.variants, desc.variant_count))
        json.object([&] {
          json.attribute("target", variant.target);
          json.attribute("arena_bytes", variant.arena_bytes);
          json.attribute("launches", launchesOf(variant));
          json.attributeArray("kernels", [&] {
            for (const tn_kernel_desc &kernel :
                 ArrayRef(variant.kernels, variant.kernel_count))
              json.object([&] {
                json.attribute("name", kernel.name);
                json.attribute("launches", kernel.launches);
              });
          });
        });
    });
  });
  outs() << "\n";
}

int tool::inspect(const InspectArguments &arguments) {
  const std::string &artifact = arguments.artifact;
  tn_module *module = nullptr;
  if (tn_module_load(artifact.c_str(), &module) != TN_OK)
    return fail(artifact + ": " + tn_last_message());
  const tn_module_desc *desc = tn_module_describe(module);
  uint64_t bytes = 0;
  if (std::error_code error = sys::fs::file_size(artifact, bytes))
    return fail(artifact + ": " + error.message());
  if (arguments.json) {
    writeJson(*desc, bytes);
    tn_module_release(module);
    return 0;
  }
  outs() << "module " << desc->name << " by " << desc->producer << "\n";
  printTensors("input", desc->inputs, desc->input_count);
  printTensors("output", desc->outputs, desc->output_count);
  for (const tn_symbol_desc &symbol :
       ArrayRef(desc->symbols, desc->symbol_count))
    printSymbol(symbol);
  outs() << "artifact " << bytes << " bytes, weights " << desc->weights_bytes
         << "\n";
  for (const tn_variant_desc &variant :
       ArrayRef(desc->variants, desc->variant_count)) {
    outs() << "variant " << variant.target << ": " << variant.kernel_count
           << " kernels, " << launchesOf(variant) << " launches, temporaries ";
    if (variant.arena_bytes < 0)
      outs() << "of dynamic size\n";
    else
      outs() << variant.arena_bytes << " bytes\n";
    if (arguments.kernels)
      for (const tn_kernel_desc &kernel :
           ArrayRef(variant.kernels, variant.kernel_count))
        outs() << "  " << kernel.launches << " x " << kernel.name << "\n";
  }
  tn_module_release(module);
  return 0;
}

int tool::listOperators() {
  for (const onnx::OpTable::Operator *op : onnx::OpTable::get().operators()) {
    outs() << (op->domain.empty() ? "ai.onnx" : op->domain) << " " << op->name
           << " since";
    for (const onnx::OpEntry &entry : op->entries)
      outs() << " " << entry.since;
    outs() << "\n";
  }
  return 0;
}
