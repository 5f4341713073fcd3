//===- Families.h - The register function of each operator family *- C++
//-*-===//

#ifndef TENON_LIB_IMPORT_ONNX_FAMILIES_H
#define TENON_LIB_IMPORT_ONNX_FAMILIES_H

namespace tenon::onnx {

class OpTable;

void registerActivation(OpTable &t);
void registerAttention(OpTable &t);
void registerConstant(OpTable &t);
void registerControl(OpTable &t);
void registerConv(OpTable &t);
void registerEinsum(OpTable &t);
void registerElementwise(OpTable &t);
void registerGroupQueryAttention(OpTable &t);
void registerIndexing(OpTable &t);
void registerLoss(OpTable &t);
void registerMatmul(OpTable &t);
void registerMatmulNBits(OpTable &t);
void registerMicrosoft(OpTable &t);
void registerMovement(OpTable &t);
void registerNorm(OpTable &t);
void registerPool(OpTable &t);
void registerQuantize(OpTable &t);
void registerRecurrent(OpTable &t);
void registerReduce(OpTable &t);
void registerResize(OpTable &t);
void registerShape(OpTable &t);
void registerSignal(OpTable &t);
void registerSlicing(OpTable &t);

} // namespace tenon::onnx

#endif // TENON_LIB_IMPORT_ONNX_FAMILIES_H
