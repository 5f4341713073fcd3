//===- Compare.h - The one comparison of results ----------------*- C++ -*-===//
//
// dtype and dims must be those expected. Integers and booleans must be equal. A
// float is right if it is equal, or if both are finite and |got - want| <= atol
// + rtol * |want| + scale * max|want|. A NaN is right only where one is wanted,
// an infinity only where one of its sign is. With `sameTop`, the largest of
// each row of the last dim must also be where a largest one is expected.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_COMPARE_H
#define TENON_TOOLS_COMPARE_H

#include "runtime/abi/tenon_abi.h"
#include <string>

namespace tenon {

struct Tolerance {
  double rtol = 1e-4;
  double atol = 0;
  double scale = 5e-5; ///< of the largest finite expected magnitude
  bool sameTop = false;
};

struct Comparison {
  bool right = false;
  double worst = 0;    ///< largest finite difference
  double largest = 0;  ///< largest finite expected magnitude
  std::string message; ///< what differs: types, or the first elements
};

Comparison compareTensors(const tn_view &got, const tn_view &want,
                          const Tolerance &tolerance);

} // namespace tenon

#endif // TENON_TOOLS_COMPARE_H
