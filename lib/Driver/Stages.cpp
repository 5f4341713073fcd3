//===- Stages.cpp - Names of the compiler's stages ------------------------===//

#include "tenon/Driver/Compiler.h"

using namespace tenon;

static constexpr std::pair<Stage, llvm::StringLiteral> kStages[] = {
    {Stage::import, "import"},     {Stage::normalize, "normalize"},
    {Stage::fuse, "fuse"},         {Stage::schedule, "schedule"},
    {Stage::emit, "emit"},         {Stage::plan, "plan"},
    {Stage::llvm, "llvm"},         {Stage::assembly, "asm"},
    {Stage::link, "link"}};

llvm::StringRef tenon::stageName(Stage stage) {
  return kStages[static_cast<int>(stage)].second;
}

std::optional<Stage> tenon::stageByName(llvm::StringRef name) {
  for (auto [stage, text] : kStages)
    if (text == name)
      return stage;
  return std::nullopt;
}
