//===- Link.cpp - Objects and weights become a shared library -------------===//

#include "tenon/Target/CPU/Link.h"
#include "lib/Target/CPU/Linker.h"
#include "lib/Target/CPU/OutputFile.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace tenon::cpu {

Error linkShared(ArrayRef<ObjectCode> objects, const WeightBlob &weights,
                 StringRef outputPath) {
  if (Error error = weights.verify())
    return error;
  Expected<OutputFile> output = OutputFile::create(outputPath);
  if (!output)
    return output.takeError();
  std::string options[] = {"-shared",
                           "--no-undefined",
                           "-z",
                           "now",
                           "--hash-style=gnu",
                           "-soname",
                           sys::path::filename(outputPath).str()};
  if (Error error = runLinker(objects, weights.bytes, ArtifactForm::shared,
                              options, output->temporaryPath()))
    return createStringError("'" + outputPath +
                             "': " + toString(std::move(error)));
  if (weights.bytes > 0)
    if (Error error = fillWeightSection(output->temporaryPath(), weights,
                                        ArtifactForm::shared))
      return error;
  return output->commit();
}

} // namespace tenon::cpu
