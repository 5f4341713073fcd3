# The handful of functions that every CMakeLists.txt of Tenon uses. A library
# or a tool is one call; a new source file is one line in its list.

# tenon_add_library(name SOURCES... [LINK libs...])
# A static library of the compiler, with the shared precompiled header. It must
# link every library whose generated headers it includes.
function(tenon_add_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  tenon_compiler_target(${name})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  set_property(GLOBAL APPEND PROPERTY TENON_LIBRARIES ${name})
endfunction()

# tenon_add_tool(name SOURCES... [LINK libs...])
# An executable in <build>/bin that uses compiler libraries.
function(tenon_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  # -fPIC as in libraries, not -fPIE: the precompiled header is of one kind.
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${name} PRIVATE -fPIC)
  tenon_compiler_target(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
endfunction()

# tenon_add_passes(phase SOURCES... [LINK libs...])
# passes/<phase>: Passes.td, its generated declarations, one source per pass.
function(tenon_add_passes phase)
  set(LLVM_TARGET_DEFINITIONS ${CMAKE_CURRENT_SOURCE_DIR}/Passes.td)
  mlir_tablegen(Passes.h.inc -gen-pass-decls -name Tenon${phase})
  add_custom_target(Tenon${phase}Tablegen DEPENDS ${TABLEGEN_OUTPUT})
  tenon_add_library(Tenon${phase} ${ARGN})
  add_dependencies(Tenon${phase} Tenon${phase}Tablegen)
endfunction()

# Flags, include paths and the precompiled header of all compiler targets. They
# must be the same for all: a precompiled header is shared only then.
function(tenon_compiler_target name)
  target_link_libraries(${name} PUBLIC tenon_flags)
  if(NOT TENON_PCH)
    return()
  endif()
  if(TARGET TenonPrecompiled AND NOT name STREQUAL TenonPrecompiled)
    target_precompile_headers(${name} REUSE_FROM TenonPrecompiled)
  endif()
endfunction()

# The target that owns the precompiled header.
function(tenon_add_precompiled_header)
  if(NOT TENON_PCH)
    return()
  endif()
  file(WRITE ${CMAKE_BINARY_DIR}/Precompiled.cpp "")
  add_library(TenonPrecompiled OBJECT ${CMAKE_BINARY_DIR}/Precompiled.cpp)
  target_link_libraries(TenonPrecompiled PUBLIC tenon_flags)
  target_precompile_headers(TenonPrecompiled PRIVATE
                            ${PROJECT_SOURCE_DIR}/include/tenon/Precompiled.h)
endfunction()
