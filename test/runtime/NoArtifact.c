/*===- NoArtifact.c - A shared library that is no artifact ----------------===*
 *
 * Exports something else than tn_module_query.
 *
 *===----------------------------------------------------------------------===*/
int tenon_not_an_artifact(void);
int tenon_not_an_artifact(void) { return 0; }
