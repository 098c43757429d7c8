/**
 * The functions of TensorFlow's C API that the native engine calls, with their C prototypes.
 *
 * Every pointer into TensorFlow's memory is a `u64` (a bigint), and bytes are moved by `memcpy` and `strlen`, which are
 * looked up through the same library (look-up follows its dependencies). So nothing here needs more than
 * `--allow-ffi=<folder of the library>`: `Deno.UnsafePointer` and its views would need the unscoped grant.
 *
 * Prototypes: tensorflow/c/{c_api,tf_status,tf_tensor,tf_tstring}.h and tensorflow/c/eager/c_api.h, TensorFlow 2.21.
 *
 * @module
 */
import { SESSION_SYMBOLS } from "./session_symbols.ts";

/** `TF_Output`, a struct of 16 bytes that is passed by value: `TF_Operation* oper; int index`. */
const OUTPUT = { struct: ["u64", "i32"] } as const;

/** The symbol table; entries with `name` are the same C function under a second signature. */
export const SYMBOLS = {
  // --- libc, found through the library's dependencies ---
  /** `void* memcpy(void* to, const void* from, size_t n)`, out of TensorFlow's memory. */
  copyOut: { name: "memcpy", parameters: ["buffer", "u64", "usize"], result: "u64" },
  /** `void* memcpy(void* to, const void* from, size_t n)`, into TensorFlow's memory. */
  copyIn: { name: "memcpy", parameters: ["u64", "buffer", "usize"], result: "u64" },
  /** `size_t strlen(const char*)` */
  strlen: { parameters: ["u64"], result: "usize" },
  /** `int mallopt(int param, int value)`; glibc's. */
  mallopt: { parameters: ["i32", "i32"], result: "i32", optional: true },

  // --- the processor, in C++: tsl/platform/cpu_info.h ---
  /** `bool tsl::port::TestCPUFeature(CPUFeature)` */
  testCpuFeature: {
    name: "_ZN3tsl4port14TestCPUFeatureENS0_10CPUFeatureE",
    parameters: ["i32"],
    result: "u8",
    optional: true,
  },

  // --- version and status ---
  /** `const char* TF_Version(void)` */
  TF_Version: { parameters: [], result: "u64" },
  /** `TF_Status* TF_NewStatus(void)` */
  TF_NewStatus: { parameters: [], result: "u64" },
  /** `void TF_DeleteStatus(TF_Status*)` */
  TF_DeleteStatus: { parameters: ["u64"], result: "void" },
  /** `TF_Code TF_GetCode(const TF_Status*)` */
  TF_GetCode: { parameters: ["u64"], result: "i32" },
  /** `const char* TF_Message(const TF_Status*)` */
  TF_Message: { parameters: ["u64"], result: "u64" },

  // --- tensors in host memory ---
  /** `TF_Tensor* TF_AllocateTensor(TF_DataType, const int64_t* dims, int num_dims, size_t len)` */
  TF_AllocateTensor: { parameters: ["i32", "buffer", "i32", "usize"], result: "u64" },
  /** `void TF_DeleteTensor(TF_Tensor*)` */
  TF_DeleteTensor: { parameters: ["u64"], result: "void" },
  /** `void* TF_TensorData(const TF_Tensor*)` */
  TF_TensorData: { parameters: ["u64"], result: "u64" },
  /** `size_t TF_TensorByteSize(const TF_Tensor*)` */
  TF_TensorByteSize: { parameters: ["u64"], result: "usize" },

  // --- elements of string tensors, 24 bytes each ---
  /** `void TF_StringInit(TF_TString*)` */
  TF_StringInit: { parameters: ["u64"], result: "void" },
  /** `void TF_StringCopy(TF_TString* dst, const char* src, size_t size)` */
  TF_StringCopy: { parameters: ["u64", "buffer", "usize"], result: "void" },
  /** `const char* TF_StringGetDataPointer(const TF_TString*)` */
  TF_StringGetDataPointer: { parameters: ["u64"], result: "u64" },
  /** `size_t TF_StringGetSize(const TF_TString*)` */
  TF_StringGetSize: { parameters: ["u64"], result: "usize" },
  /** `void TF_StringDealloc(TF_TString*)` */
  TF_StringDealloc: { parameters: ["u64"], result: "void" },

  // --- context and devices ---
  /** `TFE_ContextOptions* TFE_NewContextOptions(void)` */
  TFE_NewContextOptions: { parameters: [], result: "u64" },
  /** `void TFE_ContextOptionsSetConfig(TFE_ContextOptions*, const void* proto, size_t, TF_Status*)` */
  TFE_ContextOptionsSetConfig: { parameters: ["u64", "buffer", "usize", "u64"], result: "void" },
  /** `void TFE_DeleteContextOptions(TFE_ContextOptions*)` */
  TFE_DeleteContextOptions: { parameters: ["u64"], result: "void" },
  /** `TFE_Context* TFE_NewContext(const TFE_ContextOptions*, TF_Status*)` */
  TFE_NewContext: { parameters: ["u64", "u64"], result: "u64" },
  /** `void TFE_DeleteContext(TFE_Context*)` */
  TFE_DeleteContext: { parameters: ["u64"], result: "void" },
  /** `TF_DeviceList* TFE_ContextListDevices(TFE_Context*, TF_Status*)` */
  TFE_ContextListDevices: { parameters: ["u64", "u64"], result: "u64" },
  /** `int TF_DeviceListCount(const TF_DeviceList*)` */
  TF_DeviceListCount: { parameters: ["u64"], result: "i32" },
  /** `const char* TF_DeviceListName(const TF_DeviceList*, int, TF_Status*)` */
  TF_DeviceListName: { parameters: ["u64", "i32", "u64"], result: "u64" },
  /** `const char* TF_DeviceListType(const TF_DeviceList*, int, TF_Status*)` */
  TF_DeviceListType: { parameters: ["u64", "i32", "u64"], result: "u64" },
  /** `void TF_DeleteDeviceList(TF_DeviceList*)` */
  TF_DeleteDeviceList: { parameters: ["u64"], result: "void" },

  // --- tensor handles of the eager runtime ---
  /** `TFE_TensorHandle* TFE_NewTensorHandle(const TF_Tensor*, TF_Status*)` */
  TFE_NewTensorHandle: { parameters: ["u64", "u64"], result: "u64" },
  /** `void TFE_DeleteTensorHandle(TFE_TensorHandle*)` */
  TFE_DeleteTensorHandle: { parameters: ["u64"], result: "void" },
  /** `TF_DataType TFE_TensorHandleDataType(TFE_TensorHandle*)` */
  TFE_TensorHandleDataType: { parameters: ["u64"], result: "i32" },
  /** `int TFE_TensorHandleNumDims(TFE_TensorHandle*, TF_Status*)` */
  TFE_TensorHandleNumDims: { parameters: ["u64", "u64"], result: "i32" },
  /** `int64_t TFE_TensorHandleDim(TFE_TensorHandle*, int, TF_Status*)` */
  TFE_TensorHandleDim: { parameters: ["u64", "i32", "u64"], result: "i64" },
  /** `TFE_TensorHandle* TFE_TensorHandleCopySharingTensor(TFE_TensorHandle*, TF_Status*)` */
  TFE_TensorHandleCopySharingTensor: { parameters: ["u64", "u64"], result: "u64" },
  /** `TFE_TensorHandle* TFE_TensorHandleCopyToDevice(TFE_TensorHandle*, TFE_Context*, const char*, TF_Status*)` */
  TFE_TensorHandleCopyToDevice: { parameters: ["u64", "u64", "buffer", "u64"], result: "u64" },
  /** `TF_Tensor* TFE_TensorHandleResolve(TFE_TensorHandle*, TF_Status*)` */
  TFE_TensorHandleResolve: { parameters: ["u64", "u64"], result: "u64" },
  /** The same, off the main thread. */
  resolveAsync: {
    name: "TFE_TensorHandleResolve",
    parameters: ["u64", "u64"],
    result: "u64",
    nonblocking: true,
  },

  // --- ops ---
  /** `TFE_Op* TFE_NewOp(TFE_Context*, const char* op_or_function_name, TF_Status*)` */
  TFE_NewOp: { parameters: ["u64", "buffer", "u64"], result: "u64" },
  /** `void TFE_DeleteOp(TFE_Op*)` */
  TFE_DeleteOp: { parameters: ["u64"], result: "void" },
  /** `void TFE_OpSetDevice(TFE_Op*, const char* device_name, TF_Status*)` */
  TFE_OpSetDevice: { parameters: ["u64", "buffer", "u64"], result: "void" },
  /** `void TFE_OpAddInput(TFE_Op*, TFE_TensorHandle*, TF_Status*)` */
  TFE_OpAddInput: { parameters: ["u64", "u64", "u64"], result: "void" },
  /** `void TFE_OpSetAttrString(TFE_Op*, const char* name, const void* value, size_t)` */
  TFE_OpSetAttrString: { parameters: ["u64", "buffer", "buffer", "usize"], result: "void" },
  /** `void TFE_OpSetAttrInt(TFE_Op*, const char* name, int64_t)` */
  TFE_OpSetAttrInt: { parameters: ["u64", "buffer", "i64"], result: "void" },
  /** `void TFE_OpSetAttrFloat(TFE_Op*, const char* name, float)` */
  TFE_OpSetAttrFloat: { parameters: ["u64", "buffer", "f32"], result: "void" },
  /** `void TFE_OpSetAttrBool(TFE_Op*, const char* name, unsigned char)` */
  TFE_OpSetAttrBool: { parameters: ["u64", "buffer", "u8"], result: "void" },
  /** `void TFE_OpSetAttrType(TFE_Op*, const char* name, TF_DataType)` */
  TFE_OpSetAttrType: { parameters: ["u64", "buffer", "i32"], result: "void" },
  /** `void TFE_OpSetAttrShape(TFE_Op*, const char* name, const int64_t*, int num_dims, TF_Status*)` */
  TFE_OpSetAttrShape: { parameters: ["u64", "buffer", "buffer", "i32", "u64"], result: "void" },
  /** `void TFE_OpSetAttrFunctionName(TFE_Op*, const char* name, const char* value, size_t)` */
  TFE_OpSetAttrFunctionName: { parameters: ["u64", "buffer", "buffer", "usize"], result: "void" },
  /** `void TFE_OpSetAttrStringList(TFE_Op*, const char* name, const void* const*, const size_t*, int)` */
  TFE_OpSetAttrStringList: {
    parameters: ["u64", "buffer", "buffer", "buffer", "i32"],
    result: "void",
  },
  /** `void TFE_OpSetAttrIntList(TFE_Op*, const char* name, const int64_t*, int)` */
  TFE_OpSetAttrIntList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  /** `void TFE_OpSetAttrFloatList(TFE_Op*, const char* name, const float*, int)` */
  TFE_OpSetAttrFloatList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  /** `void TFE_OpSetAttrBoolList(TFE_Op*, const char* name, const unsigned char*, int)` */
  TFE_OpSetAttrBoolList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  /** `void TFE_OpSetAttrTypeList(TFE_Op*, const char* name, const TF_DataType*, int)` */
  TFE_OpSetAttrTypeList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  /** `void TFE_OpSetAttrShapeList(TFE_Op*, const char*, const int64_t**, const int*, int, TF_Status*)` */
  TFE_OpSetAttrShapeList: {
    parameters: ["u64", "buffer", "buffer", "buffer", "i32", "u64"],
    result: "void",
  },
  /** `void TFE_Execute(TFE_Op*, TFE_TensorHandle** retvals, int* num_retvals, TF_Status*)` */
  TFE_Execute: { parameters: ["u64", "buffer", "buffer", "u64"], result: "void" },
  /** The same, off the main thread. */
  executeAsync: {
    name: "TFE_Execute",
    parameters: ["u64", "buffer", "buffer", "u64"],
    result: "void",
    nonblocking: true,
  },

  // --- graphs and functions ---
  /** `TF_Graph* TF_NewGraph(void)` */
  TF_NewGraph: { parameters: [], result: "u64" },
  /** `void TF_DeleteGraph(TF_Graph*)` */
  TF_DeleteGraph: { parameters: ["u64"], result: "void" },
  /** `TF_OperationDescription* TF_NewOperation(TF_Graph*, const char* op_type, const char* oper_name)` */
  TF_NewOperation: { parameters: ["u64", "buffer", "buffer"], result: "u64" },
  /** `TF_Operation* TF_FinishOperation(TF_OperationDescription*, TF_Status*)` */
  TF_FinishOperation: { parameters: ["u64", "u64"], result: "u64" },
  /** `void TF_AddInput(TF_OperationDescription*, TF_Output)` */
  TF_AddInput: { parameters: ["u64", OUTPUT], result: "void" },
  /** `void TF_AddControlInput(TF_OperationDescription*, TF_Operation* input)` */
  TF_AddControlInput: { parameters: ["u64", "u64"], result: "void" },
  /** `void TF_AddInputList(TF_OperationDescription*, const TF_Output*, int)` */
  TF_AddInputList: { parameters: ["u64", "buffer", "i32"], result: "void" },
  /** `void TF_SetAttrString(TF_OperationDescription*, const char* name, const void* value, size_t)` */
  TF_SetAttrString: { parameters: ["u64", "buffer", "buffer", "usize"], result: "void" },
  /** `void TF_SetAttrInt(TF_OperationDescription*, const char* name, int64_t)` */
  TF_SetAttrInt: { parameters: ["u64", "buffer", "i64"], result: "void" },
  /** `void TF_SetAttrFloat(TF_OperationDescription*, const char* name, float)` */
  TF_SetAttrFloat: { parameters: ["u64", "buffer", "f32"], result: "void" },
  /** `void TF_SetAttrBool(TF_OperationDescription*, const char* name, unsigned char)` */
  TF_SetAttrBool: { parameters: ["u64", "buffer", "u8"], result: "void" },
  /** `void TF_SetAttrType(TF_OperationDescription*, const char* name, TF_DataType)` */
  TF_SetAttrType: { parameters: ["u64", "buffer", "i32"], result: "void" },
  /** `void TF_SetAttrShape(TF_OperationDescription*, const char* name, const int64_t*, int num_dims)` */
  TF_SetAttrShape: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  /** `void TF_SetAttrFuncName(TF_OperationDescription*, const char* name, const char* value, size_t)` */
  TF_SetAttrFuncName: { parameters: ["u64", "buffer", "buffer", "usize"], result: "void" },
  /** `void TF_SetAttrStringList(TF_OperationDescription*, const char*, const void* const*, const size_t*, int)` */
  TF_SetAttrStringList: {
    parameters: ["u64", "buffer", "buffer", "buffer", "i32"],
    result: "void",
  },
  /** `void TF_SetAttrIntList(TF_OperationDescription*, const char* name, const int64_t*, int)` */
  TF_SetAttrIntList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  /** `void TF_SetAttrFloatList(TF_OperationDescription*, const char* name, const float*, int)` */
  TF_SetAttrFloatList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  /** `void TF_SetAttrBoolList(TF_OperationDescription*, const char* name, const unsigned char*, int)` */
  TF_SetAttrBoolList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  /** `void TF_SetAttrTypeList(TF_OperationDescription*, const char* name, const TF_DataType*, int)` */
  TF_SetAttrTypeList: { parameters: ["u64", "buffer", "buffer", "i32"], result: "void" },
  /** `void TF_SetAttrShapeList(TF_OperationDescription*, const char*, const int64_t* const*, const int*, int)` */
  TF_SetAttrShapeList: {
    parameters: ["u64", "buffer", "buffer", "buffer", "i32"],
    result: "void",
  },
  /** `void TF_SetAttrTensor(TF_OperationDescription*, const char* name, TF_Tensor*, TF_Status*)` */
  TF_SetAttrTensor: { parameters: ["u64", "buffer", "u64", "u64"], result: "void" },
  /** `int TF_OperationNumOutputs(TF_Operation*)` */
  TF_OperationNumOutputs: { parameters: ["u64"], result: "i32" },
  /** `TF_DataType TF_OperationOutputType(TF_Output)` */
  TF_OperationOutputType: { parameters: [OUTPUT], result: "i32" },
  /** `int TF_GraphGetTensorNumDims(TF_Graph*, TF_Output, TF_Status*)` */
  TF_GraphGetTensorNumDims: { parameters: ["u64", OUTPUT, "u64"], result: "i32" },
  /** `void TF_GraphGetTensorShape(TF_Graph*, TF_Output, int64_t* dims, int num_dims, TF_Status*)` */
  TF_GraphGetTensorShape: { parameters: ["u64", OUTPUT, "buffer", "i32", "u64"], result: "void" },
  /** `void TF_GraphSetTensorShape(TF_Graph*, TF_Output, const int64_t* dims, int num_dims, TF_Status*)` */
  TF_GraphSetTensorShape: { parameters: ["u64", OUTPUT, "buffer", "i32", "u64"], result: "void" },
  /** `void TF_GraphGetOpDef(TF_Graph*, const char* op_name, TF_Buffer* output_op_def, TF_Status*)` */
  TF_GraphGetOpDef: { parameters: ["u64", "buffer", "u64", "u64"], result: "void" },
  /** `TF_Buffer* TF_NewBuffer(void)` */
  TF_NewBuffer: { parameters: [], result: "u64" },
  /** `void TF_DeleteBuffer(TF_Buffer*)` */
  TF_DeleteBuffer: { parameters: ["u64"], result: "void" },
  /**
   * `TF_Function* TF_GraphToFunctionWithControlOutputs(const TF_Graph* body, const char* name, unsigned char append_hash,
   * int num_opers, const TF_Operation* const* opers, int ninputs, const TF_Output* inputs, int noutputs,
   * const TF_Output* outputs, const char* const* output_names, int ncontrol_outputs,
   * const TF_Operation* const* control_outputs, const char* const* control_output_names, const TF_FunctionOptions*,
   * const char* description, TF_Status*)`
   */
  TF_GraphToFunctionWithControlOutputs: {
    parameters: [
      "u64",
      "buffer",
      "u8",
      "i32",
      "u64",
      "i32",
      "buffer",
      "i32",
      "buffer",
      "u64",
      "i32",
      "buffer",
      "u64",
      "u64",
      "u64",
      "u64",
    ],
    result: "u64",
  },
  /** `TF_Buffer* TF_GetRegisteredKernelsForOp(const char* name, TF_Status*)`, a `tensorflow.KernelList` */
  TF_GetRegisteredKernelsForOp: { parameters: ["buffer", "u64"], result: "u64" },
  /** `void TF_DeleteFunction(TF_Function*)` */
  TF_DeleteFunction: { parameters: ["u64"], result: "void" },
  /** `void TFE_ContextAddFunction(TFE_Context*, TF_Function*, TF_Status*)` */
  TFE_ContextAddFunction: { parameters: ["u64", "u64", "u64"], result: "void" },
  /** `void TFE_ContextRemoveFunction(TFE_Context*, const char* name, TF_Status*)` */
  TFE_ContextRemoveFunction: { parameters: ["u64", "buffer", "u64"], result: "void" },

  // --- graphs from files ---
  ...SESSION_SYMBOLS,
} as const satisfies Deno.ForeignLibraryInterface;

/** The C functions as Deno calls them. */
export type Symbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
