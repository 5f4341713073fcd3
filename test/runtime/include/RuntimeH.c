/*===- RuntimeH.c - The C header in C, linked with the shared library alone ===*
 *
 * Takes the path of the fake artifact.
 *
 *===----------------------------------------------------------------------===*/
#include "tenon/runtime.h"

#include <stdio.h>

static int expect(int condition, const char *what) {
  if (!condition)
    fprintf(stderr, "failed: %s (%s)\n", what, tn_last_message());
  return !condition;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s ARTIFACT\n", argv[0]);
    return 2;
  }
  tn_module *module;
  tn_session *session;
  tn_options options = {0};
  options.struct_bytes = sizeof(options);
  options.threads = 2;
  if (expect(tn_module_load(argv[1], &module) == TN_OK, "load") ||
      expect(tn_session_create(module, &options, &session) == TN_OK, "session"))
    return 1;
  int64_t ids[] = {-1, 5}, idDims[] = {1, 2}, xDims[] = {1, 2, 4};
  float x[] = {1, 2, 3, 4, 5, 6, 7, 8}, scale = 2;
  tn_view inputs[] = {{ids, idDims, 2, TN_I64},
                      {x, xDims, 3, TN_F32},
                      {&scale, NULL, 0, TN_F32}};
  tn_output outputs[3] = {0};
  int failures =
      expect(tn_run(session, inputs, 3, outputs, 3) == TN_OK, "run") ||
      expect(((float *)outputs[0].view.data)[7] == 21, "value of y") ||
      expect(outputs[2].view.dims[0] == 1, "size of kept");
  for (int i = 0; i < 3; ++i)
    tn_tensor_release(outputs[i].tensor);
  tn_session_release(session);
  tn_module_release(module);
  return failures;
}
