//===- FakeArtifact.cpp - The fake model as a shared library --------------===//
//
// Linked with FakeModel.cpp into a file that tn_module_load opens.
//
//===----------------------------------------------------------------------===//
#include "FakeModel.h"

extern "C" __attribute__((visibility("default"))) const tn_module_desc *
tn_module_query(uint32_t abiVersion) {
  return fake::query(abiVersion);
}
