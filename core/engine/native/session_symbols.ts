/**
 * The functions of TensorFlow's C API that run graphs of others, with their C prototypes (tensorflow/c/c_api.h, TensorFlow 2.21).
 *
 * A part of the table in `symbols.ts`, which says how pointers are passed.
 *
 * @module
 */

/** The symbols; entries with `name` are the same C function under a second signature. */
export const SESSION_SYMBOLS = {
  /** `TF_Buffer* TF_NewBufferFromString(const void* proto, size_t)`; copies. */
  TF_NewBufferFromString: { parameters: ["buffer", "usize"], result: "u64" },
  /** `TF_ImportGraphDefOptions* TF_NewImportGraphDefOptions(void)` */
  TF_NewImportGraphDefOptions: { parameters: [], result: "u64" },
  /** `void TF_DeleteImportGraphDefOptions(TF_ImportGraphDefOptions*)` */
  TF_DeleteImportGraphDefOptions: { parameters: ["u64"], result: "void" },
  /** `void TF_GraphImportGraphDef(TF_Graph*, const TF_Buffer*, const TF_ImportGraphDefOptions*, TF_Status*)` */
  importGraphDef: {
    name: "TF_GraphImportGraphDef",
    parameters: ["u64", "u64", "u64", "u64"],
    result: "void",
    nonblocking: true,
  },
  /** `TF_Operation* TF_GraphOperationByName(TF_Graph*, const char*)` */
  TF_GraphOperationByName: { parameters: ["u64", "buffer"], result: "u64" },
  /** `TF_SessionOptions* TF_NewSessionOptions(void)` */
  TF_NewSessionOptions: { parameters: [], result: "u64" },
  /** `void TF_SetConfig(TF_SessionOptions*, const void* proto, size_t, TF_Status*)` */
  TF_SetConfig: { parameters: ["u64", "buffer", "usize", "u64"], result: "void" },
  /** `void TF_DeleteSessionOptions(TF_SessionOptions*)` */
  TF_DeleteSessionOptions: { parameters: ["u64"], result: "void" },
  /** `TF_Session* TF_NewSession(TF_Graph*, const TF_SessionOptions*, TF_Status*)` */
  TF_NewSession: { parameters: ["u64", "u64", "u64"], result: "u64" },
  /**
   * `TF_Session* TF_LoadSessionFromSavedModel(const TF_SessionOptions*, const TF_Buffer* run_options, const char* export_dir,
   * const char* const* tags, int tags_len, TF_Graph*, TF_Buffer* meta_graph_def, TF_Status*)`
   */
  loadSavedModel: {
    name: "TF_LoadSessionFromSavedModel",
    parameters: ["u64", "u64", "buffer", "buffer", "i32", "u64", "u64", "u64"],
    result: "u64",
    nonblocking: true,
  },
  /** `void TF_CloseSession(TF_Session*, TF_Status*)` */
  TF_CloseSession: { parameters: ["u64", "u64"], result: "void" },
  /** `void TF_DeleteSession(TF_Session*, TF_Status*)` */
  TF_DeleteSession: { parameters: ["u64", "u64"], result: "void" },
  /**
   * `void TF_SessionRun(TF_Session*, const TF_Buffer* run_options, const TF_Output* inputs, TF_Tensor* const* input_values,
   * int ninputs, const TF_Output* outputs, TF_Tensor** output_values, int noutputs, const TF_Operation* const* target_opers,
   * int ntargets, TF_Buffer* run_metadata, TF_Status*)`
   */
  sessionRun: {
    name: "TF_SessionRun",
    parameters: [
      "u64",
      "u64",
      "buffer",
      "buffer",
      "i32",
      "buffer",
      "buffer",
      "i32",
      "u64",
      "i32",
      "u64",
      "u64",
    ],
    result: "void",
    nonblocking: true,
  },
  /** `TF_DataType TF_TensorType(const TF_Tensor*)` */
  TF_TensorType: { parameters: ["u64"], result: "i32" },
  /** `int TF_NumDims(const TF_Tensor*)` */
  TF_NumDims: { parameters: ["u64"], result: "i32" },
  /** `int64_t TF_Dim(const TF_Tensor*, int)` */
  TF_Dim: { parameters: ["u64", "i32"], result: "i64" },
} as const satisfies Deno.ForeignLibraryInterface;
