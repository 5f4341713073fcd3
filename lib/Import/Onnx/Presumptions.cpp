//===- Presumptions.cpp - Branches taken before their time ----------------===//

#include "Presumptions.h"
#include "llvm/ADT/STLExtras.h"

using namespace tenon::onnx;

int Presumptions::branchOf(const Node &node) {
  auto known = llvm::find_if(
      choices, [&](const Choice &choice) { return choice.node == &node; });
  if (known != choices.end())
    return known->branch;
  choices.push_back({&node, 0});
  return 0;
}

bool Presumptions::reconsider() {
  while (!choices.empty() && choices.back().branch == 1)
    choices.pop_back();
  if (choices.empty())
    return false;
  choices.back().branch = 1;
  return true;
}
