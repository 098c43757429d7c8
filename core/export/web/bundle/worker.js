// deno-fmt-ignore-file
// deno-lint-ignore-file
// Made by core/export/web/bundle.ts: do not edit.
/*! DenoSR, and TensorFlow.js 4.22.0, Copyright Google LLC: both Apache License 2.0, see LICENSE.txt. */
// Browsers of 2024 do not know these yet; the names are those that the bundler looks for.
Symbol.dispose ??= Symbol.for("Symbol.dispose");
Symbol.asyncDispose ??= Symbol.for("Symbol.asyncDispose");
var sy=Object.create;var Mo=Object.defineProperty;var iy=Object.getOwnPropertyDescriptor;var ay=Object.getOwnPropertyNames;var uy=Object.getPrototypeOf,ly=Object.prototype.hasOwnProperty;var Ka=(r,t)=>(t=Symbol[r])?t:Symbol.for("Symbol."+r),ja=r=>{throw TypeError(r)};var cy=(r,t,e)=>()=>{if(e)throw e[0];try{return r&&(t=r(r=0)),t}catch(o){throw e=[o],o}};var py=(r,t)=>()=>{try{return t||r((t={exports:{}}).exports,t),t.exports}catch(e){throw t=0,e}},pt=(r,t)=>{for(var e in t)Mo(r,e,{get:t[e],enumerable:!0})},Xa=(r,t,e,o)=>{if(t&&typeof t=="object"||typeof t=="function")for(let n of ay(t))!ly.call(r,n)&&n!==e&&Mo(r,n,{get:()=>t[n],enumerable:!(o=iy(t,n))||o.enumerable});return r};var Ya=(r,t,e)=>(e=r!=null?sy(uy(r)):{},Xa(t||!r||!r.__esModule?Mo(e,"default",{value:r,enumerable:!0}):e,r)),Qa=r=>Xa(Mo({},"__esModule",{value:!0}),r);var No=(r,t,e)=>{if(t!=null){typeof t!="object"&&typeof t!="function"&&ja("Object expected");var o,n;e&&(o=t[Ka("asyncDispose")]),o===void 0&&(o=t[Ka("dispose")],e&&(n=o)),typeof o!="function"&&ja("Object not disposable"),n&&(o=function(){try{n.call(this)}catch(s){return Promise.reject(s)}}),r.push([e,o,t])}else e&&r.push([e]);return t},Bo=(r,t,e)=>{var o=typeof SuppressedError=="function"?SuppressedError:function(i,a,u,l){return l=Error(u),l.name="SuppressedError",l.error=i,l.suppressed=a,l},n=i=>t=e?new o(i,t,"An error was suppressed during disposal"):(e=!0,i),s=i=>{for(;i=r.pop();)try{var a=i[1]&&i[1].call(i[2]);if(i[0])return Promise.resolve(a).then(s,u=>(n(u),s()))}catch(u){n(u)}if(e)throw t};return s()};var xn={};pt(xn,{default:()=>lw});var lw,yn=cy(()=>{lw=void 0});var Ea=py((As,Ra)=>{var Aa=(()=>{var r=typeof document<"u"&&document.currentScript?document.currentScript.src:void 0;return typeof __filename<"u"&&(r=r||__filename),(function(t){t=t||{};var e=typeof t<"u"?t:{},o,n;e.ready=new Promise(function(v,R){o=v,n=R});var s,i=Object.assign({},e),a=[],u="./this.program",l=(v,R)=>{throw R},c=typeof window=="object",p=typeof importScripts=="function",m=!1,d="";function f(v){return e.locateFile?e.locateFile(v,d):d+v}var h,g,y,w;function b(v){if(v instanceof Ba)return;A("exiting due to exception: "+v)}if(m){var I=(yn(),Qa(xn)),C=(yn(),Qa(xn));p?d=C.dirname(d)+"/":d=__dirname+"/",h=(v,R)=>(v=Fo(v)?new URL(v):C.normalize(v),I.readFileSync(v,R?void 0:"utf8")),y=v=>{var R=h(v,!0);return R.buffer||(R=new Uint8Array(R)),R},g=(v,R,L)=>{v=Fo(v)?new URL(v):C.normalize(v),I.readFile(v,function(J,ue){J?L(J):R(ue.buffer)})},(void 0).argv.length>1&&(u=(void 0).argv[1].replace(/\\/g,"/")),a=(void 0).argv.slice(2),(void 0).on("uncaughtException",function(v){if(!(v instanceof Ba))throw v}),(void 0).on("unhandledRejection",function(v){throw v}),l=(v,R)=>{if(qf())throw(void 0).exitCode=v,R;b(R),(void 0).exit(v)},e.inspect=function(){return"[Emscripten Module object]"}}else(c||p)&&(p?d=self.location.href:typeof document<"u"&&document.currentScript&&(d=document.currentScript.src),r&&(d=r),d.indexOf("blob:")!==0?d=d.substr(0,d.replace(/[?#].*/,"").lastIndexOf("/")+1):d="",h=v=>{var R=new XMLHttpRequest;return R.open("GET",v,!1),R.send(null),R.responseText},p&&(y=v=>{var R=new XMLHttpRequest;return R.open("GET",v,!1),R.responseType="arraybuffer",R.send(null),new Uint8Array(R.response)}),g=(v,R,L)=>{var J=new XMLHttpRequest;J.open("GET",v,!0),J.responseType="arraybuffer",J.onload=()=>{if(J.status==200||J.status==0&&J.response){R(J.response);return}L()},J.onerror=L,J.send(null)},w=v=>document.title=v);var k=e.print||console.log.bind(console),A=e.printErr||console.warn.bind(console);Object.assign(e,i),i=null,e.arguments&&(a=e.arguments),e.thisProgram&&(u=e.thisProgram),e.quit&&(l=e.quit);var P=4,_;e.wasmBinary&&(_=e.wasmBinary);var O=e.noExitRuntime||!0;typeof WebAssembly!="object"&&Fr("no native wasm support detected");var N,U=!1,H;function X(v,R){v||Fr(R)}var Z=typeof TextDecoder<"u"?new TextDecoder("utf8"):void 0;function ne(v,R,L){R>>>=0;for(var J=R+L,ue=R;v[ue]&&!(ue>=J);)++ue;if(ue-R>16&&v.buffer&&Z)return Z.decode(v.subarray(R,ue));for(var le="";R<ue;){var j=v[R++];if(!(j&128)){le+=String.fromCharCode(j);continue}var q=v[R++]&63;if((j&224)==192){le+=String.fromCharCode((j&31)<<6|q);continue}var de=v[R++]&63;if((j&240)==224?j=(j&15)<<12|q<<6|de:j=(j&7)<<18|q<<12|de<<6|v[R++]&63,j<65536)le+=String.fromCharCode(j);else{var Le=j-65536;le+=String.fromCharCode(55296|Le>>10,56320|Le&1023)}}return le}function Ue(v,R){return v>>>=0,v?ne(be,v,R):""}function ve(v,R,L,J){if(L>>>=0,!(J>0))return 0;for(var ue=L,le=L+J-1,j=0;j<v.length;++j){var q=v.charCodeAt(j);if(q>=55296&&q<=57343){var de=v.charCodeAt(++j);q=65536+((q&1023)<<10)|de&1023}if(q<=127){if(L>=le)break;R[L++>>>0]=q}else if(q<=2047){if(L+1>=le)break;R[L++>>>0]=192|q>>6,R[L++>>>0]=128|q&63}else if(q<=65535){if(L+2>=le)break;R[L++>>>0]=224|q>>12,R[L++>>>0]=128|q>>6&63,R[L++>>>0]=128|q&63}else{if(L+3>=le)break;R[L++>>>0]=240|q>>18,R[L++>>>0]=128|q>>12&63,R[L++>>>0]=128|q>>6&63,R[L++>>>0]=128|q&63}}return R[L>>>0]=0,L-ue}function Te(v,R,L){return ve(v,be,R,L)}var ye,Fe,be,ge,Er,_r,Dt,Ms,Ns;function Fa(v){ye=v,e.HEAP8=Fe=new Int8Array(v),e.HEAP16=ge=new Int16Array(v),e.HEAP32=_r=new Int32Array(v),e.HEAPU8=be=new Uint8Array(v),e.HEAPU16=Er=new Uint16Array(v),e.HEAPU32=Dt=new Uint32Array(v),e.HEAPF32=Ms=new Float32Array(v),e.HEAPF64=Ns=new Float64Array(v)}var iv=e.INITIAL_MEMORY||16777216,Gf,Pa=[],Da=[],$a=[],Hf=!1;function qf(){return O}function Kf(){if(e.preRun)for(typeof e.preRun=="function"&&(e.preRun=[e.preRun]);e.preRun.length;)Yf(e.preRun.shift());Ls(Pa)}function jf(){Hf=!0,Ls(Da)}function Xf(){if(e.postRun)for(typeof e.postRun=="function"&&(e.postRun=[e.postRun]);e.postRun.length;)Zf(e.postRun.shift());Ls($a)}function Yf(v){Pa.unshift(v)}function Qf(v){Da.unshift(v)}function Zf(v){$a.unshift(v)}var lt=0,Bs=null,Tr=null;function Jf(v){lt++,e.monitorRunDependencies&&e.monitorRunDependencies(lt)}function eh(v){if(lt--,e.monitorRunDependencies&&e.monitorRunDependencies(lt),lt==0&&(Bs!==null&&(clearInterval(Bs),Bs=null),Tr)){var R=Tr;Tr=null,R()}}function Fr(v){e.onAbort&&e.onAbort(v),v="Aborted("+v+")",A(v),U=!0,H=1,v+=". Build with -sASSERTIONS for more info.";var R=new WebAssembly.RuntimeError(v);throw n(R),R}var th="data:application/octet-stream;base64,";function Ma(v){return v.startsWith(th)}function Fo(v){return v.startsWith("file://")}var ke;ke="tfjs-backend-wasm.wasm",Ma(ke)||(ke=f(ke));function Na(v){try{if(v==ke&&_)return new Uint8Array(_);if(y)return y(v);throw"both async and sync fetching of the wasm failed"}catch(R){Fr(R)}}function rh(){if(!_&&(c||p)){if(typeof fetch=="function"&&!Fo(ke))return fetch(ke,{credentials:"same-origin"}).then(function(v){if(!v.ok)throw"failed to load wasm binary file at '"+ke+"'";return v.arrayBuffer()}).catch(function(){return Na(ke)});if(g)return new Promise(function(v,R){g(ke,function(L){v(new Uint8Array(L))},R)})}return Promise.resolve().then(function(){return Na(ke)})}function oh(){var v={env:Ua,wasi_snapshot_preview1:Ua};function R(j,q){var de=j.exports;e.asm=de,N=e.asm.memory,Fa(N.buffer),Gf=e.asm.__indirect_function_table,Qf(e.asm.__wasm_call_ctors),eh("wasm-instantiate")}Jf("wasm-instantiate");function L(j){R(j.instance)}function J(j){return rh().then(function(q){return WebAssembly.instantiate(q,v)}).then(function(q){return q}).then(j,function(q){A("failed to asynchronously prepare wasm: "+q),Fr(q)})}function ue(){return!_&&typeof WebAssembly.instantiateStreaming=="function"&&!Ma(ke)&&!Fo(ke)&&!m&&typeof fetch=="function"?fetch(ke,{credentials:"same-origin"}).then(function(j){var q=WebAssembly.instantiateStreaming(j,v);return q.then(L,function(de){return A("wasm streaming compile failed: "+de),A("falling back to ArrayBuffer instantiation"),J(L)})}):J(L)}if(e.instantiateWasm)try{var le=e.instantiateWasm(v,R);return le}catch(j){A("Module.instantiateWasm callback failed with error: "+j),n(j)}return ue().catch(n),{}}var av,uv;function Ba(v){this.name="ExitStatus",this.message="Program terminated with exit("+v+")",this.status=v}function Ls(v){for(;v.length>0;)v.shift()(e)}function nh(){Fr("")}function La(){return 4294901760}function sh(){return La()}function ih(v,R,L){be.copyWithin(v>>>0,R>>>0,R+L>>>0)}function ah(v){try{return N.grow(v-ye.byteLength+65535>>>16),Fa(N.buffer),1}catch{}}function uh(v){var R=be.length;v=v>>>0;var L=La();if(v>L)return!1;let J=(de,Le)=>de+(Le-de%Le)%Le;for(var ue=1;ue<=4;ue*=2){var le=R*(1+.2/ue);le=Math.min(le,v+100663296);var j=Math.min(L,J(Math.max(v,le),65536)),q=ah(j);if(q)return!0}return!1}var za={varargs:void 0,get:function(){za.varargs+=4;var v=_r[za.varargs-4>>>2];return v},getStr:function(v){var R=Ue(v);return R}};function lh(v){return 52}function ch(v,R,L,J,ue){return 70}var ph=[null,[],[]];function mh(v,R){var L=ph[v];R===0||R===10?((v===1?k:A)(ne(L,0)),L.length=0):L.push(R)}function dh(v,R,L,J){for(var ue=0,le=0;le<L;le++){var j=Dt[R>>>2],q=Dt[R+4>>>2];R+=8;for(var de=0;de<q;de++)mh(v,be[j+de>>>0]);ue+=q}return Dt[J>>>2]=ue,0}function Oa(v){var R=e["_"+v];return R}function fh(v,R){Fe.set(v,R>>>0)}function hh(v,R,L,J,ue){var le={string:Ae=>{var $t=0;if(Ae!=null&&Ae!==0){var qa=(Ae.length<<2)+1;$t=zs(qa),Te(Ae,$t,qa)}return $t},array:Ae=>{var $t=zs(Ae.length);return fh(Ae,$t),$t}};function j(Ae){return R==="string"?Ue(Ae):R==="boolean"?!!Ae:Ae}var q=Oa(v),de=[],Le=0;if(J)for(var ct=0;ct<J.length;ct++){var Ha=le[L[ct]];Ha?(Le===0&&(Le=Wa()),de[ct]=Ha(J[ct])):de[ct]=J[ct]}var Os=q.apply(null,de);function ny(Ae){return Le!==0&&Va(Le),j(Ae)}return Os=ny(Os),Os}function gh(v,R,L,J){L=L||[];var ue=L.every(j=>j==="number"||j==="boolean"),le=R!=="string";return le&&ue&&!J?Oa(v):function(){return hh(v,R,L,arguments,J)}}var Ua={abort:nh,emscripten_get_heap_max:sh,emscripten_memcpy_big:ih,emscripten_resize_heap:uh,fd_close:lh,fd_seek:ch,fd_write:dh},lv=oh(),xh=e.___wasm_call_ctors=function(){return(xh=e.___wasm_call_ctors=e.asm.__wasm_call_ctors).apply(null,arguments)},yh=e._init=function(){return(yh=e._init=e.asm.init).apply(null,arguments)},wh=e._init_with_threads_count=function(){return(wh=e._init_with_threads_count=e.asm.init_with_threads_count).apply(null,arguments)},bh=e._get_threads_count=function(){return(bh=e._get_threads_count=e.asm.get_threads_count).apply(null,arguments)},Sh=e._register_tensor=function(){return(Sh=e._register_tensor=e.asm.register_tensor).apply(null,arguments)},Ih=e._dispose_data=function(){return(Ih=e._dispose_data=e.asm.dispose_data).apply(null,arguments)},Ch=e._dispose=function(){return(Ch=e._dispose=e.asm.dispose).apply(null,arguments)},vh=e._Abs=function(){return(vh=e._Abs=e.asm.Abs).apply(null,arguments)},kh=e._Acos=function(){return(kh=e._Acos=e.asm.Acos).apply(null,arguments)},Ah=e._Acosh=function(){return(Ah=e._Acosh=e.asm.Acosh).apply(null,arguments)},Rh=e._Add=function(){return(Rh=e._Add=e.asm.Add).apply(null,arguments)},Eh=e._AddN=function(){return(Eh=e._AddN=e.asm.AddN).apply(null,arguments)},_h=e._All=function(){return(_h=e._All=e.asm.All).apply(null,arguments)},Th=e._Any=function(){return(Th=e._Any=e.asm.Any).apply(null,arguments)},Fh=e._ArgMax=function(){return(Fh=e._ArgMax=e.asm.ArgMax).apply(null,arguments)},Ph=e._ArgMin=function(){return(Ph=e._ArgMin=e.asm.ArgMin).apply(null,arguments)},Dh=e._Asin=function(){return(Dh=e._Asin=e.asm.Asin).apply(null,arguments)},$h=e._Asinh=function(){return($h=e._Asinh=e.asm.Asinh).apply(null,arguments)},Mh=e._Atan=function(){return(Mh=e._Atan=e.asm.Atan).apply(null,arguments)},Nh=e._Atan2=function(){return(Nh=e._Atan2=e.asm.Atan2).apply(null,arguments)},Bh=e._Atanh=function(){return(Bh=e._Atanh=e.asm.Atanh).apply(null,arguments)},Lh=e._AvgPool=function(){return(Lh=e._AvgPool=e.asm.AvgPool).apply(null,arguments)},zh=e._AvgPool3D=function(){return(zh=e._AvgPool3D=e.asm.AvgPool3D).apply(null,arguments)},Oh=e._AvgPool3DGrad=function(){return(Oh=e._AvgPool3DGrad=e.asm.AvgPool3DGrad).apply(null,arguments)},Uh=e._AvgPoolGrad=function(){return(Uh=e._AvgPoolGrad=e.asm.AvgPoolGrad).apply(null,arguments)},Wh=e._BatchMatMul=function(){return(Wh=e._BatchMatMul=e.asm.BatchMatMul).apply(null,arguments)},Vh=e._Bincount=function(){return(Vh=e._Bincount=e.asm.Bincount).apply(null,arguments)},Gh=e._BitwiseAnd=function(){return(Gh=e._BitwiseAnd=e.asm.BitwiseAnd).apply(null,arguments)},Hh=e._Ceil=function(){return(Hh=e._Ceil=e.asm.Ceil).apply(null,arguments)},qh=e._ClipByValue=function(){return(qh=e._ClipByValue=e.asm.ClipByValue).apply(null,arguments)},Kh=e._Conv2D=function(){return(Kh=e._Conv2D=e.asm.Conv2D).apply(null,arguments)},jh=e._Conv2DBackpropInput=function(){return(jh=e._Conv2DBackpropInput=e.asm.Conv2DBackpropInput).apply(null,arguments)},Xh=e._Conv3D=function(){return(Xh=e._Conv3D=e.asm.Conv3D).apply(null,arguments)},Yh=e._Conv3DBackpropFilterV2=function(){return(Yh=e._Conv3DBackpropFilterV2=e.asm.Conv3DBackpropFilterV2).apply(null,arguments)},Qh=e._Conv3DBackpropInputV2=function(){return(Qh=e._Conv3DBackpropInputV2=e.asm.Conv3DBackpropInputV2).apply(null,arguments)},Zh=e._Cos=function(){return(Zh=e._Cos=e.asm.Cos).apply(null,arguments)},Jh=e._Cosh=function(){return(Jh=e._Cosh=e.asm.Cosh).apply(null,arguments)},eg=e._CropAndResize=function(){return(eg=e._CropAndResize=e.asm.CropAndResize).apply(null,arguments)},tg=e._Cumprod=function(){return(tg=e._Cumprod=e.asm.Cumprod).apply(null,arguments)},rg=e._Cumsum=function(){return(rg=e._Cumsum=e.asm.Cumsum).apply(null,arguments)},og=e._DenseBincount=function(){return(og=e._DenseBincount=e.asm.DenseBincount).apply(null,arguments)},ng=e._DepthToSpace=function(){return(ng=e._DepthToSpace=e.asm.DepthToSpace).apply(null,arguments)},sg=e._DepthwiseConv2dNative=function(){return(sg=e._DepthwiseConv2dNative=e.asm.DepthwiseConv2dNative).apply(null,arguments)},ig=e._Diag=function(){return(ig=e._Diag=e.asm.Diag).apply(null,arguments)},ag=e._Dilation2D=function(){return(ag=e._Dilation2D=e.asm.Dilation2D).apply(null,arguments)},ug=e._Dilation2DBackpropFilter=function(){return(ug=e._Dilation2DBackpropFilter=e.asm.Dilation2DBackpropFilter).apply(null,arguments)},lg=e._Dilation2DBackpropInput=function(){return(lg=e._Dilation2DBackpropInput=e.asm.Dilation2DBackpropInput).apply(null,arguments)},cg=e._Elu=function(){return(cg=e._Elu=e.asm.Elu).apply(null,arguments)},pg=e._EluGrad=function(){return(pg=e._EluGrad=e.asm.EluGrad).apply(null,arguments)},mg=e._Equal=function(){return(mg=e._Equal=e.asm.Equal).apply(null,arguments)},dg=e._Erf=function(){return(dg=e._Erf=e.asm.Erf).apply(null,arguments)},fg=e._Exp=function(){return(fg=e._Exp=e.asm.Exp).apply(null,arguments)},hg=e._Expm1=function(){return(hg=e._Expm1=e.asm.Expm1).apply(null,arguments)},gg=e._FlipLeftRight=function(){return(gg=e._FlipLeftRight=e.asm.FlipLeftRight).apply(null,arguments)},xg=e._Floor=function(){return(xg=e._Floor=e.asm.Floor).apply(null,arguments)},yg=e._FloorDiv=function(){return(yg=e._FloorDiv=e.asm.FloorDiv).apply(null,arguments)},wg=e._FusedBatchNorm=function(){return(wg=e._FusedBatchNorm=e.asm.FusedBatchNorm).apply(null,arguments)},bg=e._FusedConv2D=function(){return(bg=e._FusedConv2D=e.asm.FusedConv2D).apply(null,arguments)},Sg=e._FusedDepthwiseConv2D=function(){return(Sg=e._FusedDepthwiseConv2D=e.asm.FusedDepthwiseConv2D).apply(null,arguments)},Ig=e._Gather=function(){return(Ig=e._Gather=e.asm.Gather).apply(null,arguments)},Cg=e._GatherNd=function(){return(Cg=e._GatherNd=e.asm.GatherNd).apply(null,arguments)},vg=e._Greater=function(){return(vg=e._Greater=e.asm.Greater).apply(null,arguments)},kg=e._GreaterEqual=function(){return(kg=e._GreaterEqual=e.asm.GreaterEqual).apply(null,arguments)},Ag=e._IsFinite=function(){return(Ag=e._IsFinite=e.asm.IsFinite).apply(null,arguments)},Rg=e._IsInf=function(){return(Rg=e._IsInf=e.asm.IsInf).apply(null,arguments)},Eg=e._IsNan=function(){return(Eg=e._IsNan=e.asm.IsNan).apply(null,arguments)},_g=e._LRN=function(){return(_g=e._LRN=e.asm.LRN).apply(null,arguments)},Tg=e._LRNGrad=function(){return(Tg=e._LRNGrad=e.asm.LRNGrad).apply(null,arguments)},Fg=e._LeakyRelu=function(){return(Fg=e._LeakyRelu=e.asm.LeakyRelu).apply(null,arguments)},Pg=e._Less=function(){return(Pg=e._Less=e.asm.Less).apply(null,arguments)},Dg=e._LessEqual=function(){return(Dg=e._LessEqual=e.asm.LessEqual).apply(null,arguments)},$g=e._LinSpace=function(){return($g=e._LinSpace=e.asm.LinSpace).apply(null,arguments)},Mg=e._Log=function(){return(Mg=e._Log=e.asm.Log).apply(null,arguments)},Ng=e._Log1p=function(){return(Ng=e._Log1p=e.asm.Log1p).apply(null,arguments)},Bg=e._LogicalAnd=function(){return(Bg=e._LogicalAnd=e.asm.LogicalAnd).apply(null,arguments)},Lg=e._LogicalNot=function(){return(Lg=e._LogicalNot=e.asm.LogicalNot).apply(null,arguments)},zg=e._LogicalOr=function(){return(zg=e._LogicalOr=e.asm.LogicalOr).apply(null,arguments)},Og=e._LogicalXor=function(){return(Og=e._LogicalXor=e.asm.LogicalXor).apply(null,arguments)},Ug=e._Max=function(){return(Ug=e._Max=e.asm.Max).apply(null,arguments)},Wg=e._MaxPool=function(){return(Wg=e._MaxPool=e.asm.MaxPool).apply(null,arguments)},Vg=e._MaxPool3D=function(){return(Vg=e._MaxPool3D=e.asm.MaxPool3D).apply(null,arguments)},Gg=e._MaxPool3DGrad=function(){return(Gg=e._MaxPool3DGrad=e.asm.MaxPool3DGrad).apply(null,arguments)},Hg=e._MaxPoolGrad=function(){return(Hg=e._MaxPoolGrad=e.asm.MaxPoolGrad).apply(null,arguments)},qg=e._MaxPoolWithArgmax=function(){return(qg=e._MaxPoolWithArgmax=e.asm.MaxPoolWithArgmax).apply(null,arguments)},Kg=e._Maximum=function(){return(Kg=e._Maximum=e.asm.Maximum).apply(null,arguments)},jg=e._Mean=function(){return(jg=e._Mean=e.asm.Mean).apply(null,arguments)},Xg=e._Min=function(){return(Xg=e._Min=e.asm.Min).apply(null,arguments)},Yg=e._Minimum=function(){return(Yg=e._Minimum=e.asm.Minimum).apply(null,arguments)},Qg=e._MirrorPad=function(){return(Qg=e._MirrorPad=e.asm.MirrorPad).apply(null,arguments)},Zg=e._Mod=function(){return(Zg=e._Mod=e.asm.Mod).apply(null,arguments)},Jg=e._Multinomial=function(){return(Jg=e._Multinomial=e.asm.Multinomial).apply(null,arguments)},ex=e._Multiply=function(){return(ex=e._Multiply=e.asm.Multiply).apply(null,arguments)},tx=e._Neg=function(){return(tx=e._Neg=e.asm.Neg).apply(null,arguments)},rx=e._NonMaxSuppressionV3=function(){return(rx=e._NonMaxSuppressionV3=e.asm.NonMaxSuppressionV3).apply(null,arguments)},ox=e._NonMaxSuppressionV4=function(){return(ox=e._NonMaxSuppressionV4=e.asm.NonMaxSuppressionV4).apply(null,arguments)},nx=e._NonMaxSuppressionV5=function(){return(nx=e._NonMaxSuppressionV5=e.asm.NonMaxSuppressionV5).apply(null,arguments)},sx=e._NotEqual=function(){return(sx=e._NotEqual=e.asm.NotEqual).apply(null,arguments)},ix=e._OneHot=function(){return(ix=e._OneHot=e.asm.OneHot).apply(null,arguments)},ax=e._PadV2=function(){return(ax=e._PadV2=e.asm.PadV2).apply(null,arguments)},ux=e._Pow=function(){return(ux=e._Pow=e.asm.Pow).apply(null,arguments)},lx=e._Prelu=function(){return(lx=e._Prelu=e.asm.Prelu).apply(null,arguments)},cx=e._Prod=function(){return(cx=e._Prod=e.asm.Prod).apply(null,arguments)},px=e._RealDiv=function(){return(px=e._RealDiv=e.asm.RealDiv).apply(null,arguments)},mx=e._Reciprocal=function(){return(mx=e._Reciprocal=e.asm.Reciprocal).apply(null,arguments)},dx=e._Relu=function(){return(dx=e._Relu=e.asm.Relu).apply(null,arguments)},fx=e._Relu6=function(){return(fx=e._Relu6=e.asm.Relu6).apply(null,arguments)},hx=e._ResizeBilinear=function(){return(hx=e._ResizeBilinear=e.asm.ResizeBilinear).apply(null,arguments)},gx=e._ResizeBilinearGrad=function(){return(gx=e._ResizeBilinearGrad=e.asm.ResizeBilinearGrad).apply(null,arguments)},xx=e._ResizeNearestNeighbor=function(){return(xx=e._ResizeNearestNeighbor=e.asm.ResizeNearestNeighbor).apply(null,arguments)},yx=e._ResizeNearestNeighborGrad=function(){return(yx=e._ResizeNearestNeighborGrad=e.asm.ResizeNearestNeighborGrad).apply(null,arguments)},wx=e._Reverse=function(){return(wx=e._Reverse=e.asm.Reverse).apply(null,arguments)},bx=e._RotateWithOffset=function(){return(bx=e._RotateWithOffset=e.asm.RotateWithOffset).apply(null,arguments)},Sx=e._Round=function(){return(Sx=e._Round=e.asm.Round).apply(null,arguments)},Ix=e._Rsqrt=function(){return(Ix=e._Rsqrt=e.asm.Rsqrt).apply(null,arguments)},Cx=e._ScatterNd=function(){return(Cx=e._ScatterNd=e.asm.ScatterNd).apply(null,arguments)},vx=e._SearchSorted=function(){return(vx=e._SearchSorted=e.asm.SearchSorted).apply(null,arguments)},kx=e._SelectV2=function(){return(kx=e._SelectV2=e.asm.SelectV2).apply(null,arguments)},Ax=e._Selu=function(){return(Ax=e._Selu=e.asm.Selu).apply(null,arguments)},Rx=e._Sigmoid=function(){return(Rx=e._Sigmoid=e.asm.Sigmoid).apply(null,arguments)},Ex=e._Sign=function(){return(Ex=e._Sign=e.asm.Sign).apply(null,arguments)},_x=e._Sin=function(){return(_x=e._Sin=e.asm.Sin).apply(null,arguments)},Tx=e._Sinh=function(){return(Tx=e._Sinh=e.asm.Sinh).apply(null,arguments)},Fx=e._Softmax=function(){return(Fx=e._Softmax=e.asm.Softmax).apply(null,arguments)},Px=e._Softplus=function(){return(Px=e._Softplus=e.asm.Softplus).apply(null,arguments)},Dx=e._SparseFillEmptyRows=function(){return(Dx=e._SparseFillEmptyRows=e.asm.SparseFillEmptyRows).apply(null,arguments)},$x=e._SparseReshape=function(){return($x=e._SparseReshape=e.asm.SparseReshape).apply(null,arguments)},Mx=e._SparseSegmentReduction=function(){return(Mx=e._SparseSegmentReduction=e.asm.SparseSegmentReduction).apply(null,arguments)},Nx=e._SparseToDense=function(){return(Nx=e._SparseToDense=e.asm.SparseToDense).apply(null,arguments)},Bx=e._Sqrt=function(){return(Bx=e._Sqrt=e.asm.Sqrt).apply(null,arguments)},Lx=e._Square=function(){return(Lx=e._Square=e.asm.Square).apply(null,arguments)},zx=e._SquaredDifference=function(){return(zx=e._SquaredDifference=e.asm.SquaredDifference).apply(null,arguments)},Ox=e._Step=function(){return(Ox=e._Step=e.asm.Step).apply(null,arguments)},Ux=e._StridedSlice=function(){return(Ux=e._StridedSlice=e.asm.StridedSlice).apply(null,arguments)},Wx=e._Sub=function(){return(Wx=e._Sub=e.asm.Sub).apply(null,arguments)},Vx=e._Sum=function(){return(Vx=e._Sum=e.asm.Sum).apply(null,arguments)},Gx=e._Tan=function(){return(Gx=e._Tan=e.asm.Tan).apply(null,arguments)},Hx=e._Tanh=function(){return(Hx=e._Tanh=e.asm.Tanh).apply(null,arguments)},qx=e._TensorScatterUpdate=function(){return(qx=e._TensorScatterUpdate=e.asm.TensorScatterUpdate).apply(null,arguments)},Kx=e._Tile=function(){return(Kx=e._Tile=e.asm.Tile).apply(null,arguments)},jx=e._TopK=function(){return(jx=e._TopK=e.asm.TopK).apply(null,arguments)},Xx=e._Transform=function(){return(Xx=e._Transform=e.asm.Transform).apply(null,arguments)},Yx=e._Transpose=function(){return(Yx=e._Transpose=e.asm.Transpose).apply(null,arguments)},Qx=e.__FusedMatMul=function(){return(Qx=e.__FusedMatMul=e.asm._FusedMatMul).apply(null,arguments)},Zx=e._malloc=function(){return(Zx=e._malloc=e.asm.malloc).apply(null,arguments)},Jx=e._free=function(){return(Jx=e._free=e.asm.free).apply(null,arguments)},ey=e.___errno_location=function(){return(ey=e.___errno_location=e.asm.__errno_location).apply(null,arguments)},Wa=e.stackSave=function(){return(Wa=e.stackSave=e.asm.stackSave).apply(null,arguments)},Va=e.stackRestore=function(){return(Va=e.stackRestore=e.asm.stackRestore).apply(null,arguments)},zs=e.stackAlloc=function(){return(zs=e.stackAlloc=e.asm.stackAlloc).apply(null,arguments)},ty=e.dynCall_iijjiiii=function(){return(ty=e.dynCall_iijjiiii=e.asm.dynCall_iijjiiii).apply(null,arguments)},ry=e.dynCall_jiji=function(){return(ry=e.dynCall_jiji=e.asm.dynCall_jiji).apply(null,arguments)};e.cwrap=gh;var Po;Tr=function v(){Po||Ga(),Po||(Tr=v)};function Ga(v){if(v=v||a,lt>0||(Kf(),lt>0))return;function R(){Po||(Po=!0,e.calledRun=!0,!U&&(jf(),o(e),e.onRuntimeInitialized&&e.onRuntimeInitialized(),Xf()))}e.setStatus?(e.setStatus("Running..."),setTimeout(function(){setTimeout(function(){e.setStatus("")},1),R()},1)):R()}if(e.preInit)for(typeof e.preInit=="function"&&(e.preInit=[e.preInit]);e.preInit.length>0;)e.preInit.pop()();Ga();var Do;s&&(Do={uncaughtException:(void 0).listeners("uncaughtException").filter(function(v){return!s.uncaughtException.indexOf(v)>-1}),unhandledRejection:(void 0).listeners("unhandledRejection").filter(function(v){return!s.unhandledRejection.indexOf(v)>-1})});var $o;if(typeof t<"u")$o=t;else if(typeof WasmBackendModuleThreadedSimd<"u")$o=WasmBackendModuleThreadedSimd;else throw new Error("Could not find wasm module in post.js");if(Do){var oy=$o._dispose;$o._dispose=function(){oy(),Do.uncaughtException.forEach(function(v){(void 0).removeListener("uncaughtException",v)}),Do.unhandledRejection.forEach(function(v){(void 0).removeListener("unhandledRejection",v)})}}return t.ready})})();typeof As=="object"&&typeof Ra=="object"?Ra.exports=Aa:typeof define=="function"&&define.amd?define([],function(){return Aa}):typeof As=="object"&&(As.WasmBackendModule=Aa)});var mt=class{constructor(t,e){this.backend=t,this.dataMover=e,this.data=new WeakMap,this.dataIdsCount=0}get(t){return this.data.has(t)||this.dataMover.moveData(this.backend,t),this.data.get(t)}set(t,e){this.dataIdsCount++,this.data.set(t,e)}has(t){return this.data.has(t)}delete(t){return this.dataIdsCount--,this.data.delete(t)}numDataIds(){return this.dataIdsCount}},je=class{refCount(t){return Re("refCount")}incRef(t){return Re("incRef")}timerAvailable(){return!0}time(t){return Re("time")}read(t){return Re("read")}readSync(t){return Re("readSync")}readToGPU(t,e){return Re("readToGPU")}numDataIds(){return Re("numDataIds")}disposeData(t,e){return Re("disposeData")}write(t,e,o){return Re("write")}move(t,e,o,n,s){return Re("move")}createTensorFromGPUData(t,e,o){return Re("createTensorFromGPUData")}memory(){return Re("memory")}floatPrecision(){return Re("floatPrecision")}epsilon(){return this.floatPrecision()===32?1e-7:1e-4}dispose(){return Re("dispose")}};function Re(r){throw new Error(`'${r}' not yet implemented or not found in the registry. This kernel may not be supported by the tfjs backend you have chosen`)}function Za(r){let t=r.length,e=0;for(;t>0;)e=Math.random()*t|0,t--,Lo(r,t,e)}function my(r,t){if(r.length!==t.length)throw new Error(`Array sizes must match to be shuffled together First array length was ${r.length}Second array length was ${t.length}`);let e=r.length,o=0;for(;e>0;)o=Math.random()*e|0,e--,Lo(r,e,o),Lo(t,e,o)}function Mt(r,t,e){return Math.max(r,Math.min(t,e))}function dy(r){return r%2===0?r:r+1}function Lo(r,t,e){let o=r[t];r[t]=r[e],r[e]=o}function fy(r){let t=0;for(let e=0;e<r.length;e++)t+=r[e];return t}function hy(r,t){let e=Math.random();return t*e+(1-e)*r}function gy(r,t){let e=0;for(let o=0;o<r.length;o++){let n=Number(r[o])-Number(t[o]);e+=n*n}return e}function B(r,t){if(!r)throw new Error(typeof t=="string"?t:t())}function Us(r,t,e=""){B(Nt(r,t),()=>e+` Shapes ${r} and ${t} must match`)}function xy(r){B(r!=null,()=>"The input to the tensor constructor must be a non-null value.")}function ae(r){if(r.length===0)return 1;let t=r[0];for(let e=1;e<r.length;e++)t*=r[e];return t}function yy(r){return r.length===0}function wy(r,t){if(r===t)return!0;if(r==null||t==null||r.length!==t.length)return!1;for(let e=0;e<r.length;e++)if(r[e]!==null&&t[e]!==null&&r[e]!==t[e])return!1;return!0}function Nt(r,t){if(r===t)return!0;if(r==null||t==null||r.length!==t.length)return!1;for(let e=0;e<r.length;e++)if(r[e]!==t[e])return!1;return!0}function Pr(r){return r%1===0}function by(r){if(Math.tanh!=null)return Math.tanh(r);if(r===1/0)return 1;if(r===-1/0)return-1;{let t=Math.exp(2*r);return(t-1)/(t+1)}}function Sy(r){let t=Math.ceil(Math.sqrt(r));return[t,Math.ceil(r/t)]}function Iy(r){let t=new Uint32Array(r);for(let e=0;e<r;++e)t[e]=e;return Za(t),t}function ft(r,t){return t<=r.length?r:r+" ".repeat(t-r.length)}function Cy(r,t=n=>0,e,o){return new Promise((n,s)=>{let i=0,a=()=>{if(r()){n();return}i++;let u=t(i);if(e!=null&&i>=e){s();return}o!=null?o(a,u):setTimeout(a,u)};a()})}function vy(r,t){let e=1,o=-1;for(let s=0;s<r.length;++s)if(r[s]>=0)e*=r[s];else if(r[s]===-1){if(o!==-1)throw Error(`Shapes can only have 1 implicit size. Found -1 at dim ${o} and dim ${s}`);o=s}else if(r[s]<0)throw Error(`Shapes can not be < 0. Found ${r[s]} at dim ${s}`);if(o===-1){if(t>0&&t!==e)throw Error(`Size(${t}) must match the product of shape ${r}`);return r}if(e===0)throw Error(`Cannot infer the missing size in [${r}] when there are 0 elements`);if(t%e!==0)throw Error(`The implicit shape can't be a fractional number. Got ${t} / ${e}`);let n=r.slice();return n[o]=t/e,n}function Ja(r,t){let e=t.length;return r=r==null?t.map((o,n)=>n):[].concat(r),B(r.every(o=>o>=-e&&o<e),()=>`All values in axis param must be in range [-${e}, ${e}) but got axis ${r}`),B(r.every(o=>Pr(o)),()=>`All values in axis param must be integers but got axis ${r}`),r.map(o=>o<0?e+o:o)}function ky(r,t){let e=[],o=[],n=t!=null&&Array.isArray(t)&&t.length===0,s=t==null||n?null:Ja(t,r).sort(),i=0;for(let a=0;a<r.length;++a){if(s!=null){if(s[i]===a&&r[a]!==1)throw new Error(`Can't squeeze axis ${a} since its dim '${r[a]}' is not 1`);(s[i]==null||s[i]>a)&&r[a]===1&&(e.push(r[a]),o.push(a)),s[i]<=a&&i++}r[a]!==1&&(e.push(r[a]),o.push(a))}return{newShape:e,keptDims:o}}function Ay(r,t){return zo(r,t)}function zo(r,t){let e=null;if(r==null||r==="float32")e=new Float32Array(t);else if(r==="int32")e=new Int32Array(t);else if(r==="bool")e=new Uint8Array(t);else if(r==="string")e=new Array(t);else throw new Error(`Unknown data type ${r}`);return e}function Ws(r,t){for(let e=0;e<r.length;e++){let o=r[e];if(isNaN(o)||!isFinite(o))throw Error(`A tensor of type ${t} being uploaded contains ${o}.`)}}function Vs(r){return r==="bool"||r==="complex64"||r==="float32"||r==="int32"||r==="string"}function Ry(r,t){return!(t==="complex64"||t==="float32"&&r!=="complex64"||t==="int32"&&r!=="float32"&&r!=="complex64"||t==="bool"&&r==="bool")}function Bt(r){if(r==="float32"||r==="int32")return 4;if(r==="complex64")return 8;if(r==="bool")return 1;throw new Error(`Unknown dtype ${r}`)}function Gs(r){if(r==null)return 0;let t=0;return r.forEach(e=>t+=e.length),t}function Lt(r){return typeof r=="string"||r instanceof String}function eu(r){return typeof r=="boolean"}function tu(r){return typeof r=="number"}function zt(r){return Array.isArray(r)?zt(r[0]):r instanceof Float32Array?"float32":r instanceof Int32Array||r instanceof Uint8Array||r instanceof Uint8ClampedArray?"int32":tu(r)?"float32":Lt(r)?"string":eu(r)?"bool":"float32"}function Oo(r){return!!(r&&r.constructor&&r.call&&r.apply)}function Ot(r,t){for(let e=t;e<r;++e)if(r%e===0)return e;return r}function We(r){let t=r.length;if(t<2)return[];let e=new Array(t-1);e[t-2]=r[t-1];for(let o=t-3;o>=0;--o)e[o]=e[o+1]*r[o+1];return e}function ru(r,t,e,o=!1){let n=new Array;if(t.length===1){let s=t[0]*(o?2:1);for(let i=0;i<s;i++)n[i]=e[r+i]}else{let s=t[0],i=t.slice(1),a=i.reduce((u,l)=>u*l)*(o?2:1);for(let u=0;u<s;u++)n[u]=ru(r+u*a,i,e,o)}return n}function dt(r,t,e=!1){if(r.length===0)return t[0];let o=r.reduce((n,s)=>n*s)*(e?2:1);if(o===0)return[];if(o!==t.length)throw new Error(`[${r}] does not match the input size ${t.length}${e?" for a complex tensor":""}.`);return ru(0,r,t,e)}function Ey(r,t){if(Array.isArray(r))return r;if(t==="float32")return r instanceof Float32Array?r:new Float32Array(r);if(t==="int32")return r instanceof Int32Array?r:new Int32Array(r);if(t==="bool"||t==="string")return Uint8Array.from(new Int32Array(r));throw new Error(`Unknown dtype ${t}`)}function Hs(r,t){let e=Ut(r,t);for(let o=0;o<e.length;o++)e[o]=1;return e}function Ut(r,t){if(t==null||t==="float32"||t==="complex64")return new Float32Array(r);if(t==="int32")return new Int32Array(r);if(t==="bool")return new Uint8Array(r);throw new Error(`Unknown data type ${t}`)}function _y(r,t){let e=r.reduce((o,n)=>o*n,1);if(t==null||t==="float32")return dt(r,new Float32Array(e));if(t==="int32")return dt(r,new Int32Array(e));if(t==="bool")return dt(r,new Uint8Array(e));throw new Error(`Unknown data type ${t}`)}function Xe(r){r.forEach(t=>{B(Number.isInteger(t)&&t>=0,()=>`Tensor must have a shape comprised of positive integers but got shape [${r}].`)})}function Ty(r,t,e){if(t===0)return 0;if(t===1)return r[0];let o=r[r.length-1];for(let n=0;n<r.length-1;++n)o+=e[n]*r[n];return o}function Fy(r,t,e){if(t===0)return[];if(t===1)return[r];let o=new Array(t);for(let n=0;n<o.length-1;++n)o[n]=Math.floor(r/e[n]),r-=o[n]*e[n];return o[o.length-1]=r,o}function ht(r){return r&&r.then&&typeof r.then=="function"}var ou="tfjsflags",Dr=class{constructor(t){this.global=t,this.flags={},this.flagRegistry={},this.urlFlags={},this.getQueryParams=Dy,this.populateURLFlags()}setPlatform(t,e){this.platform!=null&&($().getBool("IS_TEST")||$().getBool("PROD")||console.warn(`Platform ${this.platformName} has already been set. Overwriting the platform with ${t}.`)),this.platformName=t,this.platform=e}registerFlag(t,e,o){if(this.flagRegistry[t]={evaluationFn:e,setHook:o},this.urlFlags[t]!=null){let n=this.urlFlags[t];$().getBool("IS_TEST")||$().getBool("PROD")||console.warn(`Setting feature override from URL ${t}: ${n}.`),this.set(t,n)}}async getAsync(t){return t in this.flags?this.flags[t]:(this.flags[t]=await this.evaluateFlag(t),this.flags[t])}get(t){if(t in this.flags)return this.flags[t];let e=this.evaluateFlag(t);if(ht(e))throw new Error(`Flag ${t} cannot be synchronously evaluated. Please use getAsync() instead.`);return this.flags[t]=e,this.flags[t]}getNumber(t){return this.get(t)}getBool(t){return this.get(t)}getString(t){return this.get(t)}getFlags(){return this.flags}get features(){return this.flags}set(t,e){if(this.flagRegistry[t]==null)throw new Error(`Cannot set flag ${t} as it has not been registered.`);this.flags[t]=e,this.flagRegistry[t].setHook!=null&&this.flagRegistry[t].setHook(e)}evaluateFlag(t){if(this.flagRegistry[t]==null)throw new Error(`Cannot evaluate flag '${t}': no evaluation function found.`);return this.flagRegistry[t].evaluationFn()}setFlags(t){this.flags=Object.assign({},t)}reset(){this.flags={},this.urlFlags={},this.populateURLFlags()}populateURLFlags(){if(typeof this.global>"u"||typeof this.global.location>"u"||typeof this.global.location.search>"u")return;let t=this.getQueryParams(this.global.location.search);ou in t&&t[ou].split(",").forEach(o=>{let[n,s]=o.split(":");this.urlFlags[n]=My(n,s)})}};function Dy(r){let t={};return r.replace(/[?&]([^=?&]+)(?:=([^&]*))?/g,(e,...o)=>($y(t,o[0],o[1]),o.join("="))),t}function $y(r,t,e){r[decodeURIComponent(t)]=decodeURIComponent(e||"")}function My(r,t){let e=t.toLowerCase();return e==="true"||e==="false"?e==="true":`${+e}`===e?+e:t}function $(){return qs}var qs=null;function nu(r){qs=r}var Ks;function js(){if(Ks==null){let r;if(typeof window<"u")r=window;else if(typeof global<"u")r=global;else if(typeof self<"u")r=self;else throw new Error("Could not find a global object");Ks=r}return Ks}function Ny(){let r=js();return r._tfGlobals==null&&(r._tfGlobals=new Map),r._tfGlobals}function $r(r,t){let e=Ny();if(e.has(r))return e.get(r);{let o=t();return e.set(r,o),e.get(r)}}var Uo="ArgMax",Wo="ArgMin";var Mr="AvgPool";var Nr="BatchMatMul";var su="BitwiseAnd";var Ye="Cast",Wt="Ceil",Br="ClipByValue",Vo="Complex";var Go="Concat",Lr="Conv2D";var zr="Conv2DBackpropInput";var Or="DepthToSpace",Ur="DepthwiseConv2dNative";var Ho="RealDiv";var Vt="Equal";var iu="Expm1";var qo="Fill";var Gt="Floor",Ht="FloorDiv";var Ko="GatherV2";var qt="Greater",Kt="GreaterEqual",gt="Identity";var xt="LeakyRelu",jt="Less",Xt="LessEqual";var jo="LogicalAnd",Xo="LogicalNot";var Yt="Maximum",Wr="MaxPool";var Vr="Mean";var Qt="Minimum",Gr="MirrorPad";var ot="Multiply";var Zt="NotEqual";var Yo="Pack",Hr="PadV2";var yt="Prelu",Jt="Prod";var Qo="Range";var er="Relu",tr="Reshape",qr="ResizeNearestNeighbor";var Kr="ResizeBilinear";var rr="Relu6",jr="Reverse";var or="Rsqrt";var Zo="Select",Jo="Selu",Xr="Slice";var en="Sign",nt="Sigmoid",tn="Softplus",nr="Sqrt";var rn="SplitV",Yr="Softmax";var sr="SquaredDifference",on="Square",au="StaticRegexReplace",Qr="StridedSlice";var nn="Tanh",wt="Tile",Zr="TopK";var Jr="Transpose";var sn="Unpack";var uu="Step";var eo="FusedConv2D",to="FusedDepthwiseConv2D";function Qe(...r){$().getBool("IS_TEST")||$().getBool("PROD")||console.warn(...r)}function By(...r){$().getBool("IS_TEST")||$().getBool("PROD")||console.log(...r)}var an=$r("kernelRegistry",()=>new Map),Ly=$r("gradRegistry",()=>new Map);function Xs(r,t){let e=pu(r,t);return an.get(e)}function Ys(r){return Ly.get(r)}function Qs(r){let t=an.entries(),e=[];for(;;){let{done:o,value:n}=t.next();if(o)break;let[s,i]=n,[a]=s.split("_");a===r&&e.push(i)}return e}function cu(r){let{kernelName:t,backendName:e}=r,o=pu(t,e);an.has(o)&&Qe(`The kernel '${t}' for backend '${e}' is already registered`),an.set(o,r)}function pu(r,t){return`${t}_${r}`}var x={};pt(x,{arraysEqual:()=>Nt,arraysEqualWithNull:()=>wy,assert:()=>B,assertNonNegativeIntegerDimensions:()=>Xe,assertNonNull:()=>xy,assertShapesMatch:()=>Us,bytesFromStringArray:()=>Gs,bytesPerElement:()=>Bt,checkConversionForErrors:()=>Ws,clamp:()=>Mt,computeStrides:()=>We,convertBackendValuesAndArrayBuffer:()=>Ey,createScalarValue:()=>zy,createShuffledIndices:()=>Iy,decodeString:()=>ur,distSquared:()=>gy,encodeString:()=>ar,fetch:()=>Uy,fingerPrint64:()=>bv,flatten:()=>st,getArrayFromDType:()=>zo,getTypedArrayFromDType:()=>Ay,hasEncodingLoss:()=>Ry,hexToLong:()=>Sv,indexToLoc:()=>Fy,inferDtype:()=>zt,inferFromImplicitShape:()=>vy,isBoolean:()=>eu,isFunction:()=>Oo,isInt:()=>Pr,isNumber:()=>tu,isPromise:()=>ht,isScalarShape:()=>yy,isString:()=>Lt,isTypedArray:()=>Ee,isValidDtype:()=>Vs,locToIndex:()=>Ty,makeOnesTypedArray:()=>Hs,makeZerosNestedTypedArray:()=>_y,makeZerosTypedArray:()=>Ut,nearestDivisor:()=>Ot,nearestLargerEven:()=>dy,now:()=>bt,parseAxisParam:()=>Ja,randUniform:()=>hy,repeatedTry:()=>Cy,rightPad:()=>ft,shuffle:()=>Za,shuffleCombo:()=>my,sizeFromShape:()=>ae,sizeToSquarishShape:()=>Sy,squeezeShape:()=>ky,sum:()=>fy,swap:()=>Lo,tanh:()=>by,toNestedArray:()=>dt,toTypedArray:()=>ir});function un(r){return r instanceof Float32Array||r instanceof Int32Array||r instanceof Uint8Array||r instanceof Uint8ClampedArray}var bv=void 0,Sv=void 0;function zy(r,t){return t==="string"?ar(r):ir([r],t)}function Oy(r,t){return r instanceof Float32Array&&t==="float32"||r instanceof Int32Array&&t==="int32"||r instanceof Uint8Array&&t==="bool"}function ir(r,t){if(t==="string")throw new Error("Cannot convert a string[] to a TypedArray");if(Array.isArray(r)&&(r=st(r)),$().getBool("DEBUG")&&Ws(r,t),Oy(r,t))return r;if(t==null||t==="float32"||t==="complex64")return new Float32Array(r);if(t==="int32")return new Int32Array(r);if(t==="bool"){let e=new Uint8Array(r.length);for(let o=0;o<e.length;++o)Math.round(r[o])!==0&&(e[o]=1);return e}else throw new Error(`Unknown data type ${t}`)}function bt(){return $().platform.now()}function Uy(r,t){return $().platform.fetch(r,t)}function ar(r,t="utf-8"){return t=t||"utf-8",$().platform.encode(r,t)}function ur(r,t="utf-8"){return t=t||"utf-8",$().platform.decode(r,t)}function Ee(r){return $().platform.isTypedArray!=null?$().platform.isTypedArray(r):un(r)}function st(r,t=[],e=!1){if(t==null&&(t=[]),typeof r=="boolean"||typeof r=="number"||typeof r=="string"||ht(r)||r==null||Ee(r)&&e)t.push(r);else if(Array.isArray(r)||Ee(r))for(let o=0;o<r.length;++o)st(r[o],t,e);else{let o=-1;for(let n of Object.keys(r))/^([1-9]+[0-9]*|0)$/.test(n)&&(o=Math.max(o,Number(n)));for(let n=0;n<=o;n++)st(r[n],t,e)}return t}var ln=class{constructor(t,e){this.backendTimer=t,this.logger=e,e==null&&(this.logger=new Zs)}profileKernel(t,e,o){let n,s=()=>{n=o()},i,a=bt();if(this.backendTimer.timerAvailable())i=this.backendTimer.time(s);else{s();for(let l of n)l.dataSync();i=Promise.resolve({kernelMs:bt()-a})}if($().getBool("CHECK_COMPUTATION_FOR_ERRORS"))for(let l=0;l<n.length;l++){let c=n[l];c.data().then(p=>{Wy(p,c.dtype,t)})}return{kernelName:t,outputs:n,inputs:e,timeMs:i.then(l=>l.kernelMs),extraInfo:i.then(l=>l.getExtraProfileInfo!=null?l.getExtraProfileInfo():"")}}logKernelProfile(t){let{kernelName:e,outputs:o,timeMs:n,inputs:s,extraInfo:i}=t;o.forEach(a=>{Promise.all([a.data(),n,i]).then(u=>{this.logger.logKernelProfile(e,a,u[0],u[1],s,u[2])})})}};function Wy(r,t,e){if(t!=="float32")return!1;for(let o=0;o<r.length;o++){let n=r[o];if(isNaN(n)||!isFinite(n))return console.warn(`Found ${n} in the result of '${e}'`),!0}return!1}var Zs=class{logKernelProfile(t,e,o,n,s,i){let a=typeof n=="number"?ft(`${n}ms`,9):n.error,u=ft(t,25),l=e.rank,c=e.size,p=ft(e.shape.toString(),14),m="";for(let d in s){let f=s[d];if(f!=null){let h=f.shape||e.shape,g=h.length;m+=`${d}: ${g}D ${g>0?h:""} `}}console.log(`%c${u}	%c${a}	%c${l}D ${p}	%c${c}	%c${m}	%c${i}`,"font-weight:bold","color:red","color:blue","color: orange","color: green","color: steelblue")}};function mu(r,t,e){let o={},n={};for(let u=0;u<t.length;u++)o[t[u].id]=!0;for(let u=0;u<r.length;u++){let l=r[u],c=l.inputs;for(let p in c){let m=c[p],d=!1;for(let f=0;f<t.length;f++)if(o[m.id]){l.outputs.forEach(h=>o[h.id]=!0),d=!0,n[l.id]=!0;break}if(d)break}}let s={};s[e.id]=!0;let i={};for(let u=r.length-1;u>=0;u--){let l=r[u],c=l.inputs;for(let p=0;p<l.outputs.length;p++)if(s[l.outputs[p].id]){for(let m in c)s[c[m].id]=!0,i[l.id]=!0;break}}let a=[];for(let u=0;u<r.length;u++){let l=r[u];if(n[l.id]&&i[l.id]){let c={};for(let m in l.inputs){let d=l.inputs[m];o[d.id]&&(c[m]=d)}let p=Object.assign({},l);p.inputs=c,p.outputs=l.outputs,a.push(p)}}return a}function du(r,t,e,o){for(let n=t.length-1;n>=0;n--){let s=t[n],i=[];if(s.outputs.forEach(u=>{let l=r[u.id];l!=null?i.push(l):i.push(null)}),s.gradient==null)throw new Error(`Cannot compute gradient: gradient function not found for ${s.kernelName}.`);let a=s.gradient(i);for(let u in s.inputs){if(!(u in a))throw new Error(`Cannot backprop through input ${u}. Available gradients found: ${Object.keys(a)}.`);let l=e(()=>a[u]());if(l.dtype!=="float32")throw new Error(`Error in gradient for op ${s.kernelName}. The gradient of input ${u} must have 'float32' dtype, but has '${l.dtype}'`);let c=s.inputs[u];if(!Nt(l.shape,c.shape))throw new Error(`Error in gradient for op ${s.kernelName}. The gradient of input '${u}' has shape '${l.shape}', which does not match the shape of the input '${c.shape}'`);if(r[c.id]==null)r[c.id]=l;else{let p=r[c.id];r[c.id]=o(p,l),p.dispose()}}}}var fu=20,ro=3,Js=7;function hu(r,t,e,o){let n=We(t),s=Vy(r,t,e,n),i=t.length,a=cn(r,t,e,n,s),u=["Tensor"];return o&&(u.push(`  dtype: ${e}`),u.push(`  rank: ${i}`),u.push(`  shape: [${t}]`),u.push("  values:")),u.push(a.map(l=>"    "+l).join(`
`)),u.join(`
`)}function Vy(r,t,e,o){let n=ae(t),s=o[o.length-1],i=new Array(s).fill(0),a=t.length,u=e==="complex64"?no(r):r;if(a>1)for(let l=0;l<n/s;l++){let c=l*s;for(let p=0;p<s;p++)i[p]=Math.max(i[p],oo(u[c+p],0,e).length)}return i}function oo(r,t,e){let o;return Array.isArray(r)?o=`${parseFloat(r[0].toFixed(Js))} + ${parseFloat(r[1].toFixed(Js))}j`:Lt(r)?o=`'${r}'`:e==="bool"?o=gu(r):o=parseFloat(r.toFixed(Js)).toString(),ft(o,t)}function gu(r){return r===0?"false":"true"}function cn(r,t,e,o,n,s=!0){let i=e==="complex64"?2:1,a=t[0],u=t.length;if(u===0){if(e==="complex64"){let h=no(r);return[oo(h[0],0,e)]}return e==="bool"?[gu(r[0])]:[r[0].toString()]}if(u===1){if(a>fu){let g=ro*i,y=Array.from(r.slice(0,g)),w=Array.from(r.slice((a-ro)*i,a*i));return e==="complex64"&&(y=no(y),w=no(w)),["["+y.map((b,I)=>oo(b,n[I],e)).join(", ")+", ..., "+w.map((b,I)=>oo(b,n[a-ro+I],e)).join(", ")+"]"]}return["["+(e==="complex64"?no(r):Array.from(r)).map((g,y)=>oo(g,n[y],e)).join(", ")+"]"]}let l=t.slice(1),c=o.slice(1),p=o[0]*i,m=[];if(a>fu){for(let h=0;h<ro;h++){let g=h*p,y=g+p;m.push(...cn(r.slice(g,y),l,e,c,n,!1))}m.push("...");for(let h=a-ro;h<a;h++){let g=h*p,y=g+p;m.push(...cn(r.slice(g,y),l,e,c,n,h===a-1))}}else for(let h=0;h<a;h++){let g=h*p,y=g+p;m.push(...cn(r.slice(g,y),l,e,c,n,h===a-1))}let d=u===2?",":"";m[0]="["+(a>0?m[0]+d:"");for(let h=1;h<m.length-1;h++)m[h]=" "+m[h]+d;let f=`,
`;for(let h=2;h<u;h++)f+=`
`;return m[m.length-1]=" "+m[m.length-1]+"]"+(s?"":f),m}function no(r){let t=[];for(let e=0;e<r.length;e+=2)t.push([r[e],r[e+1]]);return t}var Ve=class{constructor(t,e,o){if(this.dtype=e,this.shape=t.slice(),this.size=ae(t),o!=null){let n=o.length;B(n===this.size,()=>`Length of values '${n}' does not match the size inferred by the shape '${this.size}'.`)}if(e==="complex64")throw new Error("complex64 dtype TensorBuffers are not supported. Please create a TensorBuffer for the real and imaginary parts separately and call tf.complex(real, imag).");this.values=o||zo(e,this.size),this.strides=We(t)}set(t,...e){e.length===0&&(e=[0]),B(e.length===this.rank,()=>`The number of provided coordinates (${e.length}) must match the rank (${this.rank})`);let o=this.locToIndex(e);this.values[o]=t}get(...t){t.length===0&&(t=[0]);let e=0;for(let n of t){if(n<0||n>=this.shape[e]){let s=`Requested out of range element at ${t}.   Buffer shape=${this.shape}`;throw new Error(s)}e++}let o=t[t.length-1];for(let n=0;n<t.length-1;++n)o+=this.strides[n]*t[n];return this.values[o]}locToIndex(t){if(this.rank===0)return 0;if(this.rank===1)return t[0];let e=t[t.length-1];for(let o=0;o<t.length-1;++o)e+=this.strides[o]*t[o];return e}indexToLoc(t){if(this.rank===0)return[];if(this.rank===1)return[t];let e=new Array(this.shape.length);for(let o=0;o<e.length-1;++o)e[o]=Math.floor(t/this.strides[o]),t-=e[o]*this.strides[o];return e[e.length-1]=t,e}get rank(){return this.shape.length}toTensor(){return ze().makeTensor(this.values,this.shape,this.dtype)}},ze=null,so=null,Gy=null;function xu(r){ze=r}function yu(r){Gy=r}var we=class{constructor(t,e,o,n){this.kept=!1,this.isDisposedInternal=!1,this.shape=t.slice(),this.dtype=e||"float32",this.size=ae(t),this.strides=We(t),this.dataId=o,this.id=n,this.rankType=this.rank<5?this.rank.toString():"higher"}get rank(){return this.shape.length}async buffer(){let t=await this.data();return so.buffer(this.shape,this.dtype,t)}bufferSync(){return so.buffer(this.shape,this.dtype,this.dataSync())}async array(){let t=await this.data();return dt(this.shape,t,this.dtype==="complex64")}arraySync(){return dt(this.shape,this.dataSync(),this.dtype==="complex64")}async data(){this.throwIfDisposed();let t=ze().read(this.dataId);if(this.dtype==="string"){let e=await t;try{return e.map(o=>ur(o))}catch{throw new Error("Failed to decode the string bytes into utf-8. To get the original bytes, call tensor.bytes().")}}return t}dataToGPU(t){return this.throwIfDisposed(),ze().readToGPU(this.dataId,t)}dataSync(){this.throwIfDisposed();let t=ze().readSync(this.dataId);if(this.dtype==="string")try{return t.map(e=>ur(e))}catch{throw new Error("Failed to decode the string bytes into utf-8. To get the original bytes, call tensor.bytes().")}return t}async bytes(){this.throwIfDisposed();let t=await ze().read(this.dataId);return this.dtype==="string"?t:new Uint8Array(t.buffer)}dispose(){this.isDisposed||(this.kerasMask&&this.kerasMask.dispose(),ze().disposeTensor(this),this.isDisposedInternal=!0)}get isDisposed(){return this.isDisposedInternal}throwIfDisposed(){if(this.isDisposed)throw new Error("Tensor is disposed.")}print(t=!1){return so.print(this,t)}clone(){return this.throwIfDisposed(),so.clone(this)}toString(t=!1){let e=this.dataSync();return hu(e,this.shape,this.dtype,t)}cast(t){return this.throwIfDisposed(),so.cast(this,t)}variable(t=!0,e,o){return this.throwIfDisposed(),ze().makeVariable(this,t,e,o)}};Object.defineProperty(we,Symbol.hasInstance,{value:r=>!!r&&r.data!=null&&r.dataSync!=null&&r.throwIfDisposed!=null});function ei(){return $r("Tensor",()=>we)}ei();var St=class extends we{constructor(t,e,o,n){super(t.shape,t.dtype,t.dataId,n),this.trainable=e,this.name=o}assign(t){if(t.dtype!==this.dtype)throw new Error(`dtype of the new value (${t.dtype}) and previous value (${this.dtype}) must match`);if(!Nt(t.shape,this.shape))throw new Error(`shape of the new value (${t.shape}) and previous value (${this.shape}) must match`);ze().disposeTensor(this),this.dataId=t.dataId,ze().incRef(this,null)}dispose(){ze().disposeVariable(this),this.isDisposedInternal=!0}};Object.defineProperty(St,Symbol.hasInstance,{value:r=>r instanceof we&&r.assign!=null&&r.assign instanceof Function});var ti;(function(r){r.R0="R0",r.R1="R1",r.R2="R2",r.R3="R3",r.R4="R4",r.R5="R5",r.R6="R6"})(ti||(ti={}));var ri;(function(r){r.float32="float32",r.int32="int32",r.bool="int32",r.complex64="complex64"})(ri||(ri={}));var oi;(function(r){r.float32="float32",r.int32="int32",r.bool="bool",r.complex64="complex64"})(oi||(oi={}));var ni;(function(r){r.float32="float32",r.int32="float32",r.bool="float32",r.complex64="complex64"})(ni||(ni={}));var si;(function(r){r.float32="complex64",r.int32="complex64",r.bool="complex64",r.complex64="complex64"})(si||(si={}));var Hy={float32:ni,int32:ri,bool:oi,complex64:si};function Pe(r,t){if(r==="string"||t==="string"){if(r==="string"&&t==="string")return"string";throw new Error(`Can not upcast ${r} with ${t}`)}return Hy[r][t]}function ii(r){return Pe(r,"int32")}function pn(r){return r!=null&&typeof r=="object"&&"texture"in r&&r.texture instanceof WebGLTexture}function mn(r){return typeof GPUBuffer<"u"&&r!=null&&typeof r=="object"&&"buffer"in r&&r.buffer instanceof GPUBuffer}function wu(r,t){if(r.dtype===t.dtype)return[r,t];let e=Pe(r.dtype,t.dtype);return[r.cast(e),t.cast(e)]}function bu(r){let t=[];return Su(r,t,new Set),t}function Su(r,t,e){if(r==null)return;if(r instanceof we){t.push(r);return}if(!qy(r))return;let o=r;for(let n in o){let s=o[n];e.has(s)||(e.add(s),Su(s,t,e))}}function qy(r){return Array.isArray(r)||typeof r=="object"}function ai(r){return r.kernelName!=null}var dn=class{constructor(){this.registeredVariables={},this.nextTapeNodeId=0,this.numBytes=0,this.numTensors=0,this.numStringTensors=0,this.numDataBuffers=0,this.gradientDepth=0,this.kernelDepth=0,this.scopeStack=[],this.numDataMovesStack=[],this.nextScopeId=0,this.tensorInfo=new WeakMap,this.profiling=!1,this.activeProfile={newBytes:0,newTensors:0,peakBytes:0,kernels:[],result:null,get kernelNames(){return Array.from(new Set(this.kernels.map(t=>t.name)))}}}dispose(){for(let t in this.registeredVariables)this.registeredVariables[t].dispose()}},io=class r{constructor(t){this.ENV=t,this.registry={},this.registryFactory={},this.pendingBackendInitId=0,this.state=new dn}async ready(){if(this.pendingBackendInit!=null)return this.pendingBackendInit.then(()=>{});if(this.backendInstance!=null)return;let t=this.getSortedBackends();for(let e=0;e<t.length;e++){let o=t[e];if(await this.initializeBackend(o).success){await this.setBackend(o);return}}throw new Error("Could not initialize any backends, all backend initializations failed.")}get backend(){if(this.pendingBackendInit!=null)throw new Error(`Backend '${this.backendName}' has not yet been initialized. Make sure to await tf.ready() or await tf.setBackend() before calling other methods`);if(this.backendInstance==null){let{name:t,asyncInit:e}=this.initializeBackendsAndReturnBest();if(e)throw new Error(`The highest priority backend '${t}' has not yet been initialized. Make sure to await tf.ready() or await tf.setBackend() before calling other methods`);this.setBackend(t)}return this.backendInstance}backendNames(){return Object.keys(this.registryFactory)}findBackend(t){if(!(t in this.registry))if(t in this.registryFactory){let{asyncInit:e}=this.initializeBackend(t);if(e)return null}else return null;return this.registry[t]}findBackendFactory(t){return t in this.registryFactory?this.registryFactory[t].factory:null}registerBackend(t,e,o=1){return t in this.registryFactory?(Qe(`${t} backend was already registered. Reusing existing backend factory.`),!1):(this.registryFactory[t]={factory:e,priority:o},!0)}async setBackend(t){if(this.registryFactory[t]==null)throw new Error(`Backend name '${t}' not found in registry`);if(this.backendName=t,this.registry[t]==null){this.backendInstance=null;let{success:e,asyncInit:o}=this.initializeBackend(t);if(!(o?await e:e))return!1}return this.backendInstance=this.registry[t],this.setupRegisteredKernels(),this.profiler=new ln(this.backendInstance),!0}setupRegisteredKernels(){Qs(this.backendName).forEach(e=>{e.setupFunc!=null&&e.setupFunc(this.backendInstance)})}disposeRegisteredKernels(t){Qs(t).forEach(o=>{o.disposeFunc!=null&&o.disposeFunc(this.registry[t])})}initializeBackend(t){let e=this.registryFactory[t];if(e==null)throw new Error(`Cannot initialize backend ${t}, no registration found.`);try{let o=e.factory();if(o&&!(o instanceof je)&&typeof o.then=="function"){let n=++this.pendingBackendInitId,s=o.then(i=>n<this.pendingBackendInitId?!1:(this.registry[t]=i,this.pendingBackendInit=null,!0)).catch(i=>(n<this.pendingBackendInitId||(this.pendingBackendInit=null,Qe(`Initialization of backend ${t} failed`),Qe(i.stack||i.message)),!1));return this.pendingBackendInit=s,{success:s,asyncInit:!0}}else return this.registry[t]=o,{success:!0,asyncInit:!1}}catch(o){return Qe(`Initialization of backend ${t} failed`),Qe(o.stack||o.message),{success:!1,asyncInit:!1}}}removeBackend(t){if(!(t in this.registryFactory))throw new Error(`${t} backend not found in registry`);this.backendName===t&&this.pendingBackendInit!=null&&this.pendingBackendInitId++,t in this.registry&&(this.disposeRegisteredKernels(t),this.registry[t].dispose(),delete this.registry[t]),delete this.registryFactory[t],this.backendName===t&&(this.pendingBackendInit=null,this.backendName=null,this.backendInstance=null)}getSortedBackends(){if(Object.keys(this.registryFactory).length===0)throw new Error("No backend found in registry.");return Object.keys(this.registryFactory).sort((t,e)=>this.registryFactory[e].priority-this.registryFactory[t].priority)}initializeBackendsAndReturnBest(){let t=this.getSortedBackends();for(let e=0;e<t.length;e++){let o=t[e],{success:n,asyncInit:s}=this.initializeBackend(o);if(s||n)return{name:o,asyncInit:s}}throw new Error("Could not initialize any backends, all backend initializations failed.")}moveData(t,e){let o=this.state.tensorInfo.get(e),n=o.backend,s=this.readSync(e),i=n.refCount(e);n.disposeData(e,!0),o.backend=t,t.move(e,s,o.shape,o.dtype,i),this.shouldCheckForMemLeaks()&&this.state.numDataMovesStack[this.state.numDataMovesStack.length-1]++}tidy(t,e){let o=null;if(e==null){if(typeof t!="function")throw new Error("Please provide a function to tidy()");e=t}else{if(typeof t!="string"&&!(t instanceof String))throw new Error("When calling with two arguments, the first argument to tidy() must be a string");if(typeof e!="function")throw new Error("When calling with two arguments, the 2nd argument to tidy() must be a function");o=t}let n;return this.scopedRun(()=>this.startScope(o),()=>this.endScope(n),()=>(n=e(),n instanceof Promise&&console.error("Cannot return a Promise inside of tidy."),n))}scopedRun(t,e,o){t();try{let n=o();return e(),n}catch(n){throw e(),n}}nextTensorId(){return r.nextTensorId++}nextVariableId(){return r.nextVariableId++}clone(t){let e=W.runKernel(gt,{x:t}),o={x:t},n=i=>({x:()=>{let a="float32",u={x:i},l={dtype:a};return W.runKernel(Ye,u,l)}}),s=[];return this.addTapeNode(this.state.activeScope.name,o,[e],n,s,{}),e}runKernel(t,e,o){if(this.backendName==null&&this.backend,!(Xs(t,this.backendName)!=null))throw new Error(`Kernel '${t}' not registered for backend '${this.backendName}'`);return this.runKernelFunc({kernelName:t,inputs:e,attrs:o})}shouldCheckForMemLeaks(){return this.ENV.getBool("IS_TEST")}checkKernelForMemLeak(t,e,o){let n=this.backend.numDataIds(),s=0;o.forEach(u=>{s+=u.dtype==="complex64"?3:1});let i=this.state.numDataMovesStack[this.state.numDataMovesStack.length-1],a=n-e-s-i;if(a>0)throw new Error(`Backend '${this.backendName}' has an internal memory leak (${a} data ids) after running '${t}'`)}runKernelFunc(t){let e,o=[],n=this.isTapeOn(),s=this.state.numBytes,i=this.state.numTensors;this.shouldCheckForMemLeaks()&&this.state.numDataMovesStack.push(0);let a;this.backendName==null&&this.backend;let u,l=ai(t)?t.kernelName:this.state.activeScope!=null?this.state.activeScope.name:"";if(ai(t)){let{kernelName:f,inputs:h,attrs:g}=t;this.backendName==null&&this.backend;let y=Xs(f,this.backendName);B(y!=null,()=>`Cannot find registered kernel '${f}' for backend '${this.backendName}'`),a=()=>{let w=this.backend.numDataIds();u=y.kernelFunc({inputs:h,attrs:g,backend:this.backend});let b=Array.isArray(u)?u:[u];this.shouldCheckForMemLeaks()&&this.checkKernelForMemLeak(f,w,b);let I=b.map(C=>C.rank!=null?C:this.makeTensorFromTensorInfo(C));if(n){let C=this.getTensorsForGradient(f,h,I);o=this.saveTensorsForBackwardMode(C)}return I}}else{let{forwardFunc:f}=t,h=g=>{n&&(o=g.map(y=>this.keep(this.clone(y))))};a=()=>{let g=this.backend.numDataIds();u=this.tidy(()=>f(this.backend,h));let y=Array.isArray(u)?u:[u];return this.shouldCheckForMemLeaks()&&this.checkKernelForMemLeak(l,g,y),y}}let{inputs:c,attrs:p}=t,m=ai(t)?null:t.backwardsFunc,d;return this.scopedRun(()=>this.state.kernelDepth++,()=>this.state.kernelDepth--,()=>{!this.ENV.getBool("DEBUG")&&!this.state.profiling?e=a():(d=this.profiler.profileKernel(l,c,()=>a()),this.ENV.getBool("DEBUG")&&this.profiler.logKernelProfile(d),e=d.outputs)}),n&&this.addTapeNode(l,c,e,m,o,p),this.state.profiling&&this.state.activeProfile.kernels.push({name:l,bytesAdded:this.state.numBytes-s,totalBytesSnapshot:this.state.numBytes,tensorsAdded:this.state.numTensors-i,totalTensorsSnapshot:this.state.numTensors,inputShapes:Object.keys(c).map(f=>c[f]!=null?c[f].shape:null),outputShapes:e.map(f=>f.shape),kernelTimeMs:d.timeMs,extraInfo:d.extraInfo}),Array.isArray(u)?e:e[0]}saveTensorsForBackwardMode(t){return t.map(o=>this.keep(this.clone(o)))}getTensorsForGradient(t,e,o){let n=Ys(t);if(n!=null){let s=n.inputsToSave||[],i=n.outputsToSave||[],a;n.saveAllInputs?(B(Array.isArray(e),()=>"saveAllInputs is true, expected inputs to be an array."),a=Object.keys(e).map(l=>e[l])):a=s.map(l=>e[l]);let u=o.filter((l,c)=>i[c]);return a.concat(u)}return[]}makeTensor(t,e,o,n){if(t==null)throw new Error("Values passed to engine.makeTensor() are null");o=o||"float32",n=n||this.backend;let s=t;o==="string"&&Lt(t[0])&&(s=t.map(u=>ar(u)));let i=n.write(s,e,o),a=new we(e,o,i,this.nextTensorId());if(this.trackTensor(a,n),o==="string"){let u=this.state.tensorInfo.get(i),l=Gs(s);this.state.numBytes+=l-u.bytes,u.bytes=l}return a}makeTensorFromDataId(t,e,o,n){o=o||"float32";let s={dataId:t,shape:e,dtype:o};return this.makeTensorFromTensorInfo(s,n)}makeTensorFromTensorInfo(t,e){let{dataId:o,shape:n,dtype:s}=t,i=new we(n,s,o,this.nextTensorId());return this.trackTensor(i,e),i}makeVariable(t,e=!0,o,n){o=o||this.nextVariableId().toString(),n!=null&&n!==t.dtype&&(t=t.cast(n));let s=new St(t,e,o,this.nextTensorId());if(this.state.registeredVariables[s.name]!=null)throw new Error(`Variable with name ${s.name} was already registered`);return this.state.registeredVariables[s.name]=s,this.incRef(s,this.backend),s}trackTensor(t,e){this.state.numTensors++,t.dtype==="string"&&this.state.numStringTensors++;let o=0;t.dtype!=="complex64"&&t.dtype!=="string"&&(o=t.size*Bt(t.dtype)),this.state.numBytes+=o,this.state.tensorInfo.has(t.dataId)||(this.state.numDataBuffers++,this.state.tensorInfo.set(t.dataId,{backend:e||this.backend,dtype:t.dtype,shape:t.shape,bytes:o})),t instanceof St||this.track(t)}incRef(t,e){this.trackTensor(t,e),this.backend.incRef(t.dataId)}removeDataId(t,e){this.state.tensorInfo.has(t)&&this.state.tensorInfo.get(t).backend===e&&(this.state.tensorInfo.delete(t),this.state.numDataBuffers--)}disposeTensor(t){if(!this.state.tensorInfo.has(t.dataId))return;let e=this.state.tensorInfo.get(t.dataId);if(this.state.numTensors--,t.dtype==="string"&&(this.state.numStringTensors--,this.state.numBytes-=e.bytes),t.dtype!=="complex64"&&t.dtype!=="string"){let o=t.size*Bt(t.dtype);this.state.numBytes-=o}e.backend.disposeData(t.dataId)&&this.removeDataId(t.dataId,e.backend)}disposeVariables(){for(let t in this.state.registeredVariables){let e=this.state.registeredVariables[t];this.disposeVariable(e)}}disposeVariable(t){this.disposeTensor(t),this.state.registeredVariables[t.name]!=null&&delete this.state.registeredVariables[t.name]}memory(){let t=this.backend.memory();return t.numTensors=this.state.numTensors,t.numDataBuffers=this.state.numDataBuffers,t.numBytes=this.state.numBytes,this.state.numStringTensors>0&&(t.unreliable=!0,t.reasons==null&&(t.reasons=[]),t.reasons.push("Memory usage by string tensors is approximate (2 bytes per character)")),t}async profile(t){this.state.profiling=!0;let e=this.state.numBytes,o=this.state.numTensors;this.state.activeProfile.kernels=[],this.state.activeProfile.result=await t(),this.state.profiling=!1,this.state.activeProfile.peakBytes=Math.max(...this.state.activeProfile.kernels.map(n=>n.totalBytesSnapshot)),this.state.activeProfile.newBytes=this.state.numBytes-e,this.state.activeProfile.newTensors=this.state.numTensors-o;for(let n of this.state.activeProfile.kernels)n.kernelTimeMs=await n.kernelTimeMs,n.extraInfo=await n.extraInfo;return this.state.activeProfile}isTapeOn(){return this.state.gradientDepth>0&&this.state.kernelDepth===0}addTapeNode(t,e,o,n,s,i){let a={id:this.state.nextTapeNodeId++,kernelName:t,inputs:e,outputs:o,saved:s},u=Ys(t);u!=null&&(n=u.gradFunc),n!=null&&(a.gradient=l=>(l=l.map((c,p)=>{if(c==null){let m=o[p],d=Ut(m.size,m.dtype);return this.makeTensor(d,m.shape,m.dtype)}return c}),n(l.length>1?l:l[0],s,i))),this.state.activeTape.push(a)}keep(t){return t.kept=!0,t}startTape(){this.state.gradientDepth===0&&(this.state.activeTape=[]),this.state.gradientDepth++}endTape(){this.state.gradientDepth--}startScope(t){let e={track:[],name:"unnamed scope",id:this.state.nextScopeId++};t&&(e.name=t),this.state.scopeStack.push(e),this.state.activeScope=e}endScope(t){let e=bu(t),o=new Set(e.map(s=>s.id));for(let s=0;s<this.state.activeScope.track.length;s++){let i=this.state.activeScope.track[s];!i.kept&&!o.has(i.id)&&i.dispose()}let n=this.state.scopeStack.pop();this.state.activeScope=this.state.scopeStack.length===0?null:this.state.scopeStack[this.state.scopeStack.length-1],e.forEach(s=>{!s.kept&&s.scopeId===n.id&&this.track(s)})}gradients(t,e,o,n=!1){if(B(e.length>0,()=>"gradients() received an empty list of xs."),o!=null&&o.dtype!=="float32")throw new Error(`dy must have 'float32' dtype, but has '${o.dtype}'`);let s=this.scopedRun(()=>this.startTape(),()=>this.endTape(),()=>this.tidy("forward",t));B(s instanceof we,()=>"The result y returned by f() must be a tensor.");let i=mu(this.state.activeTape,e,s);if(!n&&i.length===0&&e.length>0)throw new Error("Cannot compute gradient of y=f(x) with respect to x. Make sure that the f you passed encloses all operations that lead from x to y.");return this.tidy("backward",()=>{let a={};a[s.id]=o??Ky(s.shape),du(a,i,l=>this.tidy(l),Xy);let u=e.map(l=>a[l.id]);return this.state.gradientDepth===0&&(this.state.activeTape.forEach(l=>{for(let c of l.saved)c.dispose()}),this.state.activeTape=null),{value:s,grads:u}})}customGrad(t){return B(Oo(t),()=>"The f passed in customGrad(f) must be a function."),(...e)=>{B(e.every(a=>a instanceof we),()=>"The args passed in customGrad(f)(x1, x2,...) must all be tensors");let o,n={};e.forEach((a,u)=>{n[u]=a});let s=(a,u)=>(o=t(...e,u),B(o.value instanceof we,()=>"The function f passed in customGrad(f) must return an object where `obj.value` is a tensor"),B(Oo(o.gradFunc),()=>"The function f passed in customGrad(f) must return an object where `obj.gradFunc` is a function."),o.value),i=(a,u)=>{let l=o.gradFunc(a,u),c=Array.isArray(l)?l:[l];B(c.length===e.length,()=>"The function f passed in customGrad(f) must return an object where `obj.gradFunc` is a function that returns the same number of tensors as inputs passed to f(...)."),B(c.every(m=>m instanceof we),()=>"The function f passed in customGrad(f) must return an object where `obj.gradFunc` is a function that returns a list of only tensors.");let p={};return c.forEach((m,d)=>{p[d]=()=>m}),p};return this.runKernelFunc({forwardFunc:s,backwardsFunc:i,inputs:n})}}readSync(t){return this.state.tensorInfo.get(t).backend.readSync(t)}read(t){return this.state.tensorInfo.get(t).backend.read(t)}readToGPU(t,e){return this.state.tensorInfo.get(t).backend.readToGPU(t,e)}async time(t){let e=bt(),o=await this.backend.time(t);return o.wallMs=bt()-e,o}track(t){return this.state.activeScope!=null&&(t.scopeId=this.state.activeScope.id,this.state.activeScope.track.push(t)),t}get registeredVariables(){return this.state.registeredVariables}reset(){this.pendingBackendInitId++,this.state.dispose(),this.ENV.reset(),this.state=new dn;for(let t in this.registry)this.disposeRegisteredKernels(t),this.registry[t].dispose(),delete this.registry[t];this.backendName=null,this.backendInstance=null,this.pendingBackendInit=null}};io.nextTensorId=0;io.nextVariableId=0;function Ky(r){let t=Hs(ae(r),"float32");return W.makeTensor(t,r,"float32")}function jy(){let r=js();if(r._tfengine==null){let t=new Dr(r);r._tfengine=new io(t)}return nu(r._tfengine.ENV),xu(()=>r._tfengine),r._tfengine}var W=jy();function Xy(r,t){let e={a:r,b:t};return W.runKernel("Add",e)}function Iu(){return typeof window<"u"&&window.document!=null||typeof WorkerGlobalScope<"u"}var Se=$();Se.registerFlag("DEBUG",()=>!1,r=>{r&&console.warn("Debugging mode is ON. The output of every math call will be downloaded to CPU and checked for NaNs. This significantly impacts performance.")});Se.registerFlag("IS_BROWSER",()=>Iu());Se.registerFlag("IS_NODE",()=>!1);Se.registerFlag("IS_CHROME",()=>typeof navigator<"u"&&navigator!=null&&navigator.userAgent!=null&&/Chrome/.test(navigator.userAgent)&&/Google Inc/.test(navigator.vendor));Se.registerFlag("IS_SAFARI",()=>typeof navigator<"u"&&navigator!=null&&navigator.userAgent!=null&&/Safari/.test(navigator.userAgent)&&/Apple/.test(navigator.vendor));Se.registerFlag("PROD",()=>!1);Se.registerFlag("TENSORLIKE_CHECK_SHAPE_CONSISTENCY",()=>Se.getBool("DEBUG"));Se.registerFlag("DEPRECATION_WARNINGS_ENABLED",()=>!0);Se.registerFlag("IS_TEST",()=>!1);Se.registerFlag("CHECK_COMPUTATION_FOR_ERRORS",()=>Se.getBool("DEBUG"));Se.registerFlag("WRAP_TO_IMAGEBITMAP",()=>!1);Se.registerFlag("CANVAS2D_WILL_READ_FREQUENTLY_FOR_GPU",()=>!1);Se.registerFlag("USE_SETTIMEOUTCUSTOM",()=>!1);function ui(r,t){let e=r;if(Ee(r))return t==="string"?[]:[r.length];if(pn(r)){let n=r.channels||"RGBA";return[r.height,r.width*n.length]}else if(mn(r))return[r.buffer.size/(t==null?4:Bt(t))];if(!Array.isArray(r))return[];let o=[];for(;Array.isArray(e)||Ee(e)&&t!=="string";)o.push(e.length),e=e[0];return Array.isArray(r)&&$().getBool("TENSORLIKE_CHECK_SHAPE_CONSISTENCY")&&vu(r,o,[]),o}function vu(r,t,e){if(e=e||[],!Array.isArray(r)&&!Ee(r)){B(t.length===0,()=>`Element arr[${e.join("][")}] is a primitive, but should be an array/TypedArray of ${t[0]} elements`);return}B(t.length>0,()=>`Element arr[${e.join("][")}] should be a primitive, but is an array of ${r.length} elements`),B(r.length===t[0],()=>`Element arr[${e.join("][")}] should have ${t[0]} elements, but has ${r.length} elements`);let o=t.slice(1);for(let n=0;n<r.length;++n)vu(r[n],o,e.concat(n))}function Cu(r,t,e,o){if(r!=="string_or_numeric"){if(r==null)throw new Error("Expected dtype cannot be null.");if(r!=="numeric"&&r!==t||r==="numeric"&&t==="string")throw new Error(`Argument '${e}' passed to '${o}' must be ${r} tensor, but got ${t} tensor`)}}function ee(r,t,e,o="numeric"){if(r instanceof ei())return Cu(o,r.dtype,t,e),r;let n=zt(r);if(n!=="string"&&["bool","int32","float32"].indexOf(o)>=0&&(n=o),Cu(o,n,t,e),r==null||!Ee(r)&&!Array.isArray(r)&&typeof r!="number"&&typeof r!="boolean"&&typeof r!="string"){let u=r==null?"null":r.constructor.name;throw new Error(`Argument '${t}' passed to '${e}' must be a Tensor or TensorLike, but got '${u}'`)}let s=ui(r,n);!Ee(r)&&!Array.isArray(r)&&(r=[r]);let a=n!=="string"?ir(r,n):st(r,[],!0);return W.makeTensor(a,s,n)}var Qy="__op";function se(r){let t=Object.keys(r);if(t.length!==1)throw new Error(`Please provide an object with a single key (operation name) mapping to a function. Got an object with ${t.length} keys.`);let e=t[0],o=r[e];e.endsWith("_")&&(e=e.substring(0,e.length-1)),e=e+Qy;let n=(...s)=>{W.startScope(e);try{let i=o(...s);return ht(i)&&console.error("Cannot return a Promise inside of tidy."),W.endScope(i),i}catch(i){throw W.endScope(null),i}};return Object.defineProperty(n,"name",{value:e,configurable:!0}),n}function Zy(r,t){let e=ee(r,"real","complex"),o=ee(t,"imag","complex");Us(e.shape,o.shape,`real and imag shapes, ${e.shape} and ${o.shape}, must match in call to tf.complex().`);let n={real:e,imag:o};return W.runKernel(Vo,n)}var ku=se({complex_:Zy});function Au(r,t,e,o){if(o==null)o=zt(r);else if(o==="complex64")throw new Error("Cannot construct a complex64 tensor directly. Please use tf.complex(real, imag).");if(mn(r)||pn(r)){if(o!=="float32"&&o!=="int32")throw new Error(`Creating tensor from GPU data only supports 'float32'|'int32' dtype, while the dtype is ${o}.`);return W.backend.createTensorFromGPUData(r,t||e,o)}if(!Ee(r)&&!Array.isArray(r)&&typeof r!="number"&&typeof r!="boolean"&&typeof r!="string")throw new Error("values passed to tensor(values) must be a number/boolean/string or an array of numbers/booleans/strings, or a TypedArray");if(t!=null){Xe(t);let n=ae(t),s=ae(e);B(n===s,()=>`Based on the provided shape, [${t}], the tensor should have ${n} values but has ${s}`);for(let i=0;i<e.length;++i){let a=e[i],u=i===e.length-1?a!==ae(t.slice(i)):!0;B(e[i]===t[i]||!u,()=>`Error creating a new Tensor. Inferred shape (${e}) does not match the provided shape (${t}). `)}}return!Ee(r)&&!Array.isArray(r)&&(r=[r]),t=t||e,r=o!=="string"?ir(r,o):st(r,[],!0),W.makeTensor(r,t,o)}function li(r,t,e){let o=ui(r,e);return Au(r,t,o,e)}var it=class r{static join(t){return new r(t).slice()}constructor(t){if(this.shards=[],this.previousShardIndex=0,t==null||(t instanceof Array||(t=[t]),t=t.map(o=>Ee(o)?o.buffer:o),t.length===0))return;this.bufferUniformSize=t[0].byteLength;let e=0;for(let o=0;o<t.length;o++){let n=t[o];o!==t.length-1&&n.byteLength!==this.bufferUniformSize&&(this.bufferUniformSize=void 0);let s=e+n.byteLength;this.shards.push({buffer:n,start:e,end:s}),e=s}this.shards.length===0&&(this.byteLength=0),this.byteLength=this.shards[this.shards.length-1].end}slice(t=0,e=this.byteLength){if(this.shards.length===0)return new ArrayBuffer(0);if(t=isNaN(Number(t))?0:t,e=isNaN(Number(e))?0:e,t=Math.max(0,t),e=Math.min(this.byteLength,e),e<=t)return new ArrayBuffer(0);let o=this.findShardForByte(t);if(o===-1)throw new Error(`Could not find start shard for byte ${t}`);let n=e-t,s=new ArrayBuffer(n),i=new Uint8Array(s),a=0;for(let u=o;u<this.shards.length;u++){let l=this.shards[u],p=t+a-l.start,m=a,f=Math.min(e,l.end)-l.start,h=new Uint8Array(l.buffer,p,f-p);if(i.set(h,m),a+=h.length,e<l.end)break}return s}findShardForByte(t){if(this.shards.length===0||t<0||t>=this.byteLength)return-1;if(this.bufferUniformSize!=null)return this.previousShardIndex=Math.floor(t/this.bufferUniformSize),this.previousShardIndex;function e(n){return t<n.start?-1:t>=n.end?1:0}if(e(this.shards[this.previousShardIndex])===0)return this.previousShardIndex;let o=Jy(this.shards,e);return o===-1?-1:(this.previousShardIndex=o,this.previousShardIndex)}};function Jy(r,t){let e=0,o=r.length;for(;e<=o;){let n=Math.floor((o-e)/2)+e,s=t(r[n]);if(s===0)return n;s<0?o=n:e=n+1}return-1}function Ru(r){$().getBool("DEPRECATION_WARNINGS_ENABLED")&&console.warn(r+" You can disable deprecation warnings with tf.disableDeprecationWarnings().")}yu(Ru);function Ie(){return W}function Eu(r,t){return W.tidy(r,t)}function ci(r,t,e=1){return W.registerBackend(r,t,e)}var pi=typeof Buffer<"u"&&(typeof Blob>"u"||typeof atob>"u"||typeof btoa>"u");function _u(r){return pi?Buffer.byteLength(r,"utf8"):new Blob([r]).size}function Tu(r){if(pi)return Buffer.from(r).toString("base64");let t=new Uint8Array(r),e="";for(let o=0,n=t.length;o<n;o++)e+=String.fromCharCode(t[o]);return btoa(e)}function Fu(r){if(pi){let o=Buffer.from(r,"base64");return o.buffer.slice(o.byteOffset,o.byteOffset+o.byteLength)}let t=atob(r),e=new Uint8Array(t.length);for(let o=0;o<t.length;++o)e.set([t.charCodeAt(o)],o);return e.buffer}function fn(r){if(r.modelTopology instanceof ArrayBuffer)throw new Error("Expected JSON model topology, received ArrayBuffer.");return{dateSaved:new Date,modelTopologyType:"JSON",modelTopologyBytes:r.modelTopology==null?0:_u(JSON.stringify(r.modelTopology)),weightSpecsBytes:r.weightSpecs==null?0:_u(JSON.stringify(r.weightSpecs)),weightDataBytes:r.weightData==null?0:new it(r.weightData).byteLength}}var Ze=class r{constructor(){this.saveRouters=[],this.loadRouters=[]}static getInstance(){return r.instance==null&&(r.instance=new r),r.instance}static registerSaveRouter(t){r.getInstance().saveRouters.push(t)}static registerLoadRouter(t){r.getInstance().loadRouters.push(t)}static getSaveHandlers(t){return r.getHandlers(t,"save")}static getLoadHandlers(t,e){return r.getHandlers(t,"load",e)}static getHandlers(t,e,o){let n=[];return(e==="load"?r.getInstance().loadRouters:r.getInstance().saveRouters).forEach(i=>{let a=i(t,o);a!==null&&n.push(a)}),n}};var mi="tensorflowjs",di=1,Ct="models_store",at="model_info_store";function Pu(){if(!$().getBool("IS_BROWSER"))throw new Error("Failed to obtain IndexedDB factory because the current environmentis not a web browser.");let r=typeof window>"u"?self:window,t=r.indexedDB||r.mozIndexedDB||r.webkitIndexedDB||r.msIndexedDB||r.shimIndexedDB;if(t==null)throw new Error("The current browser does not appear to support IndexedDB.");return t}function fi(r){let t=r.result;t.createObjectStore(Ct,{keyPath:"modelPath"}),t.createObjectStore(at,{keyPath:"modelPath"})}var Ge=class{constructor(t){if(this.indexedDB=Pu(),t==null||!t)throw new Error("For IndexedDB, modelPath must not be null, undefined or empty.");this.modelPath=t}async save(t){if(t.modelTopology instanceof ArrayBuffer)throw new Error("BrowserLocalStorage.save() does not support saving model topology in binary formats yet.");return this.databaseAction(this.modelPath,t)}async load(){return this.databaseAction(this.modelPath)}databaseAction(t,e){return new Promise((o,n)=>{let s=this.indexedDB.open(mi,di);s.onupgradeneeded=()=>fi(s),s.onsuccess=()=>{let i=s.result;if(e==null){let a=i.transaction(Ct,"readonly"),l=a.objectStore(Ct).get(this.modelPath);l.onsuccess=()=>{if(l.result==null)return i.close(),n(new Error(`Cannot find model with path '${this.modelPath}' in IndexedDB.`));o(l.result.modelArtifacts)},l.onerror=c=>(i.close(),n(l.error)),a.oncomplete=()=>i.close()}else{e.weightData=it.join(e.weightData);let a=fn(e),u=i.transaction(at,"readwrite"),l=u.objectStore(at),c;try{c=l.put({modelPath:this.modelPath,modelArtifactsInfo:a})}catch(m){return n(m)}let p;c.onsuccess=()=>{p=i.transaction(Ct,"readwrite");let m=p.objectStore(Ct),d;try{d=m.put({modelPath:this.modelPath,modelArtifacts:e,modelArtifactsInfo:a})}catch(f){return n(f)}d.onsuccess=()=>o({modelArtifactsInfo:a}),d.onerror=f=>{l=u.objectStore(at);let h=l.delete(this.modelPath);h.onsuccess=()=>(i.close(),n(d.error)),h.onerror=g=>(i.close(),n(d.error))}},c.onerror=m=>(i.close(),n(c.error)),u.oncomplete=()=>{p==null?i.close():p.oncomplete=()=>i.close()}}},s.onerror=i=>n(s.error)})}};Ge.URL_SCHEME="indexeddb://";var Du=r=>$().getBool("IS_BROWSER")&&!Array.isArray(r)&&r.startsWith(Ge.URL_SCHEME)?ew(r.slice(Ge.URL_SCHEME.length)):null;Ze.registerSaveRouter(Du);Ze.registerLoadRouter(Du);function ew(r){return new Ge(r)}function tw(r){return r.startsWith(Ge.URL_SCHEME)?r.slice(Ge.URL_SCHEME.length):r}var hn=class{constructor(){this.indexedDB=Pu()}async listModels(){return new Promise((t,e)=>{let o=this.indexedDB.open(mi,di);o.onupgradeneeded=()=>fi(o),o.onsuccess=()=>{let n=o.result,s=n.transaction(at,"readonly"),a=s.objectStore(at).getAll();a.onsuccess=()=>{let u={};for(let l of a.result)u[l.modelPath]=l.modelArtifactsInfo;t(u)},a.onerror=u=>(n.close(),e(a.error)),s.oncomplete=()=>n.close()},o.onerror=n=>e(o.error)})}async removeModel(t){return t=tw(t),new Promise((e,o)=>{let n=this.indexedDB.open(mi,di);n.onupgradeneeded=()=>fi(n),n.onsuccess=()=>{let s=n.result,i=s.transaction(at,"readwrite"),a=i.objectStore(at),u=a.get(t),l;u.onsuccess=()=>{if(u.result==null)return s.close(),o(new Error(`Cannot find model with path '${t}' in IndexedDB.`));{let c=a.delete(t),p=()=>{l=s.transaction(Ct,"readwrite");let d=l.objectStore(Ct).delete(t);d.onsuccess=()=>e(u.result.modelArtifactsInfo),d.onerror=f=>o(u.error)};c.onsuccess=p,c.onerror=m=>(p(),s.close(),o(u.error))}},u.onerror=c=>(s.close(),o(u.error)),i.oncomplete=()=>{l==null?s.close():l.oncomplete=()=>s.close()}},n.onerror=s=>o(n.error)})}};var Je="/",lr="tensorflowjs_models",$u="info",rw="model_topology",ow="weight_specs",nw="weight_data",sw="model_metadata";function Mu(r){return{info:[lr,r,$u].join(Je),topology:[lr,r,rw].join(Je),weightSpecs:[lr,r,ow].join(Je),weightData:[lr,r,nw].join(Je),modelMetadata:[lr,r,sw].join(Je)}}function Nu(r){for(let t of Object.values(r))window.localStorage.removeItem(t)}function iw(r){let t=r.split(Je);if(t.length<3)throw new Error(`Invalid key format: ${r}`);return t.slice(1,t.length-1).join(Je)}function aw(r){return r.startsWith(He.URL_SCHEME)?r.slice(He.URL_SCHEME.length):r}var He=class{constructor(t){if(!$().getBool("IS_BROWSER")||typeof window>"u"||typeof window.localStorage>"u")throw new Error("The current environment does not support local storage.");if(this.LS=window.localStorage,t==null||!t)throw new Error("For local storage, modelPath must not be null, undefined or empty.");this.modelPath=t,this.keys=Mu(this.modelPath)}async save(t){if(t.modelTopology instanceof ArrayBuffer)throw new Error("BrowserLocalStorage.save() does not support saving model topology in binary formats yet.");{let e=JSON.stringify(t.modelTopology),o=JSON.stringify(t.weightSpecs),n=fn(t),s=it.join(t.weightData);try{this.LS.setItem(this.keys.info,JSON.stringify(n)),this.LS.setItem(this.keys.topology,e),this.LS.setItem(this.keys.weightSpecs,o),this.LS.setItem(this.keys.weightData,Tu(s));let i={format:t.format,generatedBy:t.generatedBy,convertedBy:t.convertedBy,signature:t.signature!=null?t.signature:void 0,userDefinedMetadata:t.userDefinedMetadata!=null?t.userDefinedMetadata:void 0,modelInitializer:t.modelInitializer!=null?t.modelInitializer:void 0,initializerSignature:t.initializerSignature!=null?t.initializerSignature:void 0,trainingConfig:t.trainingConfig!=null?t.trainingConfig:void 0};return this.LS.setItem(this.keys.modelMetadata,JSON.stringify(i)),{modelArtifactsInfo:n}}catch{throw Nu(this.keys),new Error(`Failed to save model '${this.modelPath}' to local storage: size quota being exceeded is a possible cause of this failure: modelTopologyBytes=${n.modelTopologyBytes}, weightSpecsBytes=${n.weightSpecsBytes}, weightDataBytes=${n.weightDataBytes}.`)}}}async load(){let t=JSON.parse(this.LS.getItem(this.keys.info));if(t==null)throw new Error(`In local storage, there is no model with name '${this.modelPath}'`);if(t.modelTopologyType!=="JSON")throw new Error("BrowserLocalStorage does not support loading non-JSON model topology yet.");let e={},o=JSON.parse(this.LS.getItem(this.keys.topology));if(o==null)throw new Error(`In local storage, the topology of model '${this.modelPath}' is missing.`);e.modelTopology=o;let n=JSON.parse(this.LS.getItem(this.keys.weightSpecs));if(n==null)throw new Error(`In local storage, the weight specs of model '${this.modelPath}' are missing.`);e.weightSpecs=n;let s=this.LS.getItem(this.keys.modelMetadata);if(s!=null){let a=JSON.parse(s);e.format=a.format,e.generatedBy=a.generatedBy,e.convertedBy=a.convertedBy,a.signature!=null&&(e.signature=a.signature),a.userDefinedMetadata!=null&&(e.userDefinedMetadata=a.userDefinedMetadata),a.modelInitializer!=null&&(e.modelInitializer=a.modelInitializer),a.initializerSignature!=null&&(e.initializerSignature=a.initializerSignature),a.trainingConfig!=null&&(e.trainingConfig=a.trainingConfig)}let i=this.LS.getItem(this.keys.weightData);if(i==null)throw new Error(`In local storage, the binary weight values of model '${this.modelPath}' are missing.`);return e.weightData=Fu(i),e}};He.URL_SCHEME="localstorage://";var Bu=r=>$().getBool("IS_BROWSER")&&!Array.isArray(r)&&r.startsWith(He.URL_SCHEME)?uw(r.slice(He.URL_SCHEME.length)):null;Ze.registerSaveRouter(Bu);Ze.registerLoadRouter(Bu);function uw(r){return new He(r)}var gn=class{constructor(){B($().getBool("IS_BROWSER"),()=>"Current environment is not a web browser"),B(typeof window>"u"||typeof window.localStorage<"u",()=>"Current browser does not appear to support localStorage"),this.LS=window.localStorage}async listModels(){let t={},e=lr+Je,o=Je+$u;for(let n=0;n<this.LS.length;++n){let s=this.LS.key(n);if(s.startsWith(e)&&s.endsWith(o)){let i=iw(s);t[i]=JSON.parse(this.LS.getItem(s))}}return t}async removeModel(t){t=aw(t);let e=Mu(t);if(this.LS.getItem(e.info)==null)throw new Error(`Cannot find model at path '${t}'`);let o=JSON.parse(this.LS.getItem(e.info));return Nu(e),o}};var Lu="://",ao=class r{constructor(){this.managers={}}static getInstance(){return r.instance==null&&(r.instance=new r),r.instance}static registerManager(t,e){B(t!=null,()=>"scheme must not be undefined or null."),t.endsWith(Lu)&&(t=t.slice(0,t.indexOf(Lu))),B(t.length>0,()=>"scheme must not be an empty string.");let o=r.getInstance();B(o.managers[t]==null,()=>`A model store manager is already registered for scheme '${t}'.`),o.managers[t]=e}static getManager(t){let e=r.getInstance().managers[t];if(e==null)throw new Error(`Cannot find model manager for scheme '${t}'`);return e}static getSchemes(){return Object.keys(r.getInstance().managers)}};var hi=class{constructor(){this.messageName="setTimeoutCustom",this.functionRefs=[],this.handledMessageCount=0,this.hasEventListener=!1}fetch(t,e){return fetch(t,e)}now(){return performance.now()}encode(t,e){if(e!=="utf-8"&&e!=="utf8")throw new Error(`Browser's encoder only supports utf-8, but got ${e}`);return this.textEncoder==null&&(this.textEncoder=new TextEncoder),this.textEncoder.encode(t)}decode(t,e){return new TextDecoder(e).decode(t)}setTimeoutCustom(t,e){if(typeof window>"u"||!$().getBool("USE_SETTIMEOUTCUSTOM")){setTimeout(t,e);return}this.functionRefs.push(t),setTimeout(()=>{window.postMessage({name:this.messageName,index:this.functionRefs.length-1},"*")},e),this.hasEventListener||(this.hasEventListener=!0,window.addEventListener("message",o=>{if(o.source===window&&o.data.name===this.messageName){o.stopPropagation();let n=this.functionRefs[o.data.index];n(),this.handledMessageCount++,this.handledMessageCount===this.functionRefs.length&&(this.functionRefs=[],this.handledMessageCount=0)}},!0))}isTypedArray(t){return un(t)}};if($().get("IS_BROWSER")){$().setPlatform("browser",new hi);try{ao.registerManager(He.URL_SCHEME,new gn)}catch{}try{ao.registerManager(Ge.URL_SCHEME,new hn)}catch{}}yn();function cw(r,t){let e=ee(r,"x","cast");if(!Vs(t))throw new Error(`Failed to cast to unknown dtype ${t}`);if(t==="string"&&e.dtype!=="string"||t!=="string"&&e.dtype==="string")throw new Error("Only strings can be casted to strings");let o={x:e},n={dtype:t};return W.runKernel(Ye,o,n)}var zu=se({cast_:cw});var vt={};pt(vt,{assertAndGetBroadcastShape:()=>Uu,getBroadcastDims:()=>Ou,getReductionAxes:()=>wn});function Ou(r,t){let e=r.length,o=[];for(let n=0;n<e;n++){let s=e-1-n,i=r[s]||1;(t[t.length-1-n]||1)>1&&i===1&&o.unshift(s)}return o}function wn(r,t){let e=[];for(let o=0;o<t.length;o++){let n=r[r.length-o-1],s=t.length-o-1,i=t[s];(n==null||n===1&&i>1)&&e.unshift(s)}return e}function Uu(r,t){let e=Math.max(r.length,t.length),o=new Array(e);for(let n=0;n<e;n++){let s=r[r.length-n-1];s==null&&(s=1);let i=t[t.length-n-1];if(i==null&&(i=1),s===1)o[e-n-1]=i;else if(i===1)o[e-n-1]=s;else if(s!==i){let a=`Operands could not be broadcast together with shapes ${r} and ${t}.`;throw Error(a)}else o[e-n-1]=s}return o}function pw(r,t){let e=r.shape.length,o=t.shape.length;if(e<1)throw new Error(`tf.gatherND() expects the input to be rank 1 or higher, but the rank was ${e}.`);if(o<1)throw new Error(`tf.gatherND() expects the indices to be rank 1 or higher, but the rank was ${o}.`);if(t.dtype!=="int32")throw new Error(`tf.gatherND() expects the indices to be int32 type, but the dtype was ${t.dtype}.`);if(t.shape[o-1]>e)throw new Error(`index innermost dimension length must be <= tensor rank; saw: ${t.shape[o-1]} vs. ${e}`);if(ae(r.shape)===0)throw new Error(`Requested more than 0 entries, but input is empty. Input shape: ${r.shape}.`);let n=t.shape,s=n[n.length-1],i=1;for(let p=0;p<n.length-1;++p)i*=n[p];let a=r.shape,u=n.slice();u.pop();let l=1;for(let p=s;p<e;++p)l*=a[p],u.push(a[p]);let c=[...We(r.shape).map(p=>p/l),1].slice(0,s);return[u,i,l,c]}function Wu(r,t,e){let o=t.rank>1?t.shape[t.rank-1]:1,n=t.rank>1?t.rank-1:1,s=`Must have updates.shape = indices.shape[:batchDim] + shape[sliceDim:], got updates.shape: ${e.shape}, indices.shape: ${t.shape}, shape: ${r}, sliceDim: ${o}, and batchDim: ${n}.`;if(e.rank<n)throw new Error(s+` update.rank < ${n}. `);if(r.length<o+(e.rank-n))throw new Error(s+` Output shape length < ${o+(e.rank-n)}`);if(e.rank!==n+r.length-o)throw new Error(s+` update.rank != ${n+r.length-o}`);for(let i=0;i<n;++i)if(e.shape[i]!==t.shape[i])throw new Error(s+` updates.shape[${i}] (${e.shape[i]}) != indices.shape[${i}] (${t.shape[i]}).`);for(let i=0;i<e.rank-n;++i)if(e.shape[i+n]!==r[i+o])throw new Error(s+` updates.shape[${i+n}] (${e.shape[i+n]}) != shape[${i+n}] (${r[i+n]})`)}function mw(r,t,e){if(t.rank<1)throw new Error(`tf.scatterND() expects the indices to be rank 1 or higher, but the rank was ${t.rank}.`);if(r.rank<1)throw new Error(`tf.scatterND() expects the updates to be rank 1 or higher, but the rank was ${r.rank}.`);if(t.dtype!=="int32")throw new Error(`The dtype of 'indices' should be int32, but got dtype: ${t.dtype}`);if(e.length<1)throw new Error(`Output rank must be greater or equal to 1, but got shape: ${e}`);if(e.length===0){if(t.size===0)throw new Error(`Indices specified for empty output. indices shape: ${t.shape}`);if(r.size===0)throw new Error(`Updates specified for empty output. updates shape: ${r.shape}`)}Wu(e,t,r)}function dw(r,t,e){let o=t.shape.length,n=o>1?t.shape[o-1]:1,s=e.length,i=1;for(let p=n;p<s;++p)i*=e[p];let a=n<1?1:n,u=ae(t.shape)/a,l=[...We(e.slice(0,n)),1],c=ae(e);return{sliceRank:n,numUpdates:u,sliceSize:i,strides:l,outputSize:c}}var pe={};pt(pe,{assertParamsValid:()=>hw,computeFlatOffset:()=>bw,computeOutShape:()=>xw,getNormalizedAxes:()=>yw,isSliceContinous:()=>ww,maskToAxes:()=>gw,parseSliceParams:()=>Sw,sliceInfo:()=>Iw,startForAxis:()=>Yu,startIndicesWithElidedDims:()=>Ku,stopForAxis:()=>Qu,stopIndicesWithElidedDims:()=>ju,stridesForAxis:()=>Xu,stridesWithElidedDims:()=>Gu});var gi=-2,fw=-1;function hw(r,t,e){let o=r.shape.length;B(o===t.length,()=>`Error in slice${o}D: Length of begin ${t} must match the rank of the array (${o}).`),B(o===e.length,()=>`Error in slice${o}D: Length of size ${e} must match the rank of the array (${o}).`);for(let n=0;n<o;++n)B(t[n]+e[n]<=r.shape[n],()=>`Error in slice${o}D: begin[${n}] + size[${n}] (${t[n]+e[n]}) would overflow input.shape[${n}] (${r.shape[n]})`)}function gw(r){let t=[],e=0;for(;r>0;)r&1&&t.push(e),r/=2,e++;return t}function xw(r,t,e){let o=[];for(let n=0;n<r.length;n++)o[n]=Math.ceil((t[n]-r[n])/e[n]);return o}function Gu(r,t,e,o){let n=[...r];for(let s=n.length;s<o.length;s++)n.push(1);for(let s=0;s<e;s++)s===0?n[t]=1:(n.splice(t,0,1),n.pop());return n}function Hu(r,t,e){return e<=r?e:e-(t-1)}function qu(r,t){let e=[];for(let o=0;o<r;o++)e.push(t+o);return e}function yw(r,t,e,o,n,s,i,a,u){let l=r.length,c=new Array(l),p=new Array(l),m=new Array(l);if(t.length&&e>0){let d=t[0],f=e+1;c=Ku(i,d,f,o,r),p=ju(a,d,f,n,r),m=Gu(s,d,f,r)}else for(let d=0;d<l;d++)c[d]=Yu(i,o,s,r,d,u),p[d]=Qu(a,n,s,r,d,u),m[d]=Xu(s,d,u);return{begin:c,end:p,strides:m}}function Ku(r,t,e,o,n){let s=[...n],i=qu(e,t);for(let a=0;a<s.length;a++)if(i.indexOf(a)>-1)s[a]=0;else{let u=Hu(t,e,a),l=o[u];r&1<<u&&(l=0),s[a]=l}return s}function ju(r,t,e,o,n){let s=[...n],i=qu(e,t);for(let a=0;a<s.length;a++)if(i.indexOf(a)>-1)s[a]=Number.MAX_SAFE_INTEGER;else{let u=Hu(t,e,a),l=o[u];r&1<<u&&(l=Number.MAX_SAFE_INTEGER),s[a]=l}for(let a=0;a<s.length;a++){let u=n[a];s[a]<0&&(s[a]+=u),s[a]=Mt(0,s[a],n[a])}return s}function Xu(r,t,e){let o=r[t];return(e&1<<t||o==null)&&(o=1),o}function Yu(r,t,e,o,n,s){let i=t[n],a=e[n]||1;(r&1<<n||s&1<<n||i==null)&&(a>0?i=Number.MIN_SAFE_INTEGER:i=Number.MAX_SAFE_INTEGER);let u=o[n];return i<0&&(i+=u),i=Mt(0,i,u-1),i}function Qu(r,t,e,o,n,s){let i=t[n],a=e[n]||1;(r&1<<n||s&1<<n||i==null)&&(a>0?i=Number.MAX_SAFE_INTEGER:i=Number.MIN_SAFE_INTEGER);let u=o[n];return i<0&&(i+=u),a>0?i=Mt(0,i,u):i=Mt(-1,i,u-1),i}function ww(r,t,e){let o=e.length;for(let n=0;n<e.length;n++)if(e[n]>1){o=n;break}for(let n=o+1;n<e.length;n++)if(t[n]>0||e[n]!==r[n])return!1;return!0}function bw(r,t){let e=r.length>0?r[r.length-1]:1;for(let o=0;o<r.length-1;o++)e+=r[o]*t[o];return e}function Sw(r,t,e){let o,n=r.shape.length;typeof t=="number"?o=[t,...new Array(n-1).fill(0)]:t.length<n?o=t.concat(new Array(n-t.length).fill(0)):o=t.slice(),o.forEach(i=>{B(i!==-1,()=>"slice() does not support negative begin indexing.")});let s;return e==null?s=new Array(n).fill(-1):typeof e=="number"?s=[e,...new Array(n-1).fill(-1)]:e.length<n?s=e.concat(new Array(n-e.length).fill(-1)):s=e,s=s.map((i,a)=>i>=0?i:(B(i===-1,()=>`Negative size values should be exactly -1 but got ${i} for the slice() size at index ${a}.`),r.shape[a]-o[a])),[o,s]}function Iw(r,t,e,o,n,s,i,a,u){let l;if(o==null?(l=new Array(t.length),l.fill(1)):l=o,i!=null&&(i&i-1)!==0)throw new Error("Multiple ellipses in slice is not allowed.");let c=!1,p={dims:l.length,numAddAxisAfterEllipsis:0,begin:t.slice(),end:e.slice(),strides:l.slice(),beginMask:n,endMask:s,ellipsisMask:i,newAxisMask:a,shrinkAxisMask:u};for(let b=0;b<p.dims;b++)c&&(1<<b&a)!==0&&p.numAddAxisAfterEllipsis++,1<<b&i&&(c=!0);c||(p.ellipsisMask|=1<<p.dims,p.dims++);let m={dims:r.length,beginMask:0,endMask:0,beginValid:!1,endValid:!1};Cw(p,m);let d=!0,f=!0,h=!0,g=[],y=[];for(let b=0;b<r.length;++b){if(m.strides[b]===0)throw Error(`strides[${b}] must be non-zero`);let I=!!(m.shrinkAxisMask&1<<b),C=r[b];if(C===-1){g.push(I?1:-1);continue}let k=[m.beginMask&1<<b,m.endMask&1<<b],A=[m.strides[b]>0?0:-1,m.strides[b]>0?C:C-1];if(I&&m.strides[b]<=0)throw Error("only stride 1 allowed on non-range indexing.");h=h&&m.strides[b]===1;let P=!!(m.beginMask&1<<b&&m.endMask&1<<b);if(m.beginValid&&m.endValid){if(I){let U=m.begin[b]<0?C+m.begin[b]:m.begin[b];if(m.begin[b]=U,m.end[b]=m.begin[b]+1,U<0||U>=C)throw Error(`slice index ${m.begin[b]} of dimension ${b} out of bounds.`)}else m.begin[b]=Vu(m.begin[b],0,m.strides[b],C,k,A),m.end[b]=Vu(m.end[b],1,m.strides[b],C,k,A);let N=m.strides[b]===1&&m.begin[b]===0&&m.end[b]===C;d=d&&N,f=f&&(b===0&&m.strides[b]===1||N)}else d=d&&m.strides[b]===1&&P,f=f&&(b===0&&m.strides[b]===1||P);let _,O=!1;if(m.beginValid&&m.endValid?(_=m.end[b]-m.begin[b],O=!0):I?(_=1,O=!0):P&&C>=0&&(m.strides[b]<0?_=-C:_=C,O=!0),O){let N;_===0||_<0!=m.strides[b]<0?N=0:N=Math.trunc(_/m.strides[b])+(_%m.strides[b]!==0?1:0),g.push(N)}else g.push(-1)}for(let b=0;b<m.finalShapeGatherIndices.length;++b){let I=m.finalShapeGatherIndices[b];I>=0?y.push(g[I]):I===gi&&y.push(1)}return{finalShapeSparse:y.filter((b,I)=>m.finalShapeGatherIndices[I]!==gi),finalShape:y,isIdentity:d,sliceDim0:f,isSimpleSlice:h,begin:m.begin,end:m.end,strides:m.strides}}function Cw(r,t){t.beginMask=0,t.endMask=0,t.shrinkAxisMask=0;let e=0;t.beginValid=r.begin!=null,t.endValid=r.end!=null,t.begin=new Array(t.dims),t.end=new Array(t.dims),t.strides=new Array(t.dims),t.finalShapeGatherIndices=[],t.finalShapeGatherIndicesSparse=[],t.inputShapeGatherIndicesSparse=new Array(t.dims);for(let o=0;o<r.dims;o++)if(1<<o&r.ellipsisMask){let n=Math.min(t.dims-(r.dims-o)+1+r.numAddAxisAfterEllipsis,t.dims);for(;e<n;e++)t.begin[e]=0,t.end[e]=0,t.strides[e]=1,t.beginMask|=1<<e,t.endMask|=1<<e,t.finalShapeGatherIndices.push(e),t.finalShapeGatherIndicesSparse.push(-1),t.inputShapeGatherIndicesSparse[e]=o}else if(1<<o&r.newAxisMask)t.finalShapeGatherIndices.push(gi),t.finalShapeGatherIndicesSparse.push(-1);else{if(e===t.begin.length)throw Error(`Index out of range using input dim ${e}; input has only ${t.dims} dims, ${t.begin.length}.`);r.begin!=null&&(t.begin[e]=r.begin[o]),r.end!=null&&(t.end[e]=r.end[o]),t.strides[e]=r.strides[o],r.beginMask&1<<o&&(t.beginMask|=1<<e),r.endMask&1<<o&&(t.endMask|=1<<e),r.shrinkAxisMask&1<<o?(t.finalShapeGatherIndices.push(fw),t.finalShapeGatherIndicesSparse.push(-1),t.shrinkAxisMask|=1<<e):(t.finalShapeGatherIndices.push(e),t.finalShapeGatherIndicesSparse.push(o)),t.inputShapeGatherIndicesSparse[e]=o,e++}}function Vu(r,t,e,o,n,s){if(n[t])return e>0?s[t]:s[t+1&1];{let i=r<0?o+r:r;return i<s[0]?s[0]:i>s[1]?s[1]:i}}function vw(r,t){let e=ee(r,"a","mul"),o=ee(t,"b","mul");[e,o]=wu(e,o);let n={a:e,b:o};return W.runKernel(ot,n)}var Zu=se({mul_:vw});function kw(r,t,e,o,n="NHWC",s){let i=r[3],a=[...t,i],u=el(n);return wi(r,a,e,s,o,null,null,u)}function Aw(r,t,e,o,n,s,i="channelsLast"){let[a,u]=uo(t),l;if(i==="channelsLast")l=[a,u,r[3],r[3]];else if(i==="channelsFirst")l=[a,u,r[1],r[1]];else throw new Error(`Unknown dataFormat ${i}`);return wi(r,l,e,o,n,s,!1,i)}function Rw(r,t,e,o,n,s,i="NDHWC"){let[a,u,l]=xi(t),c,p;if(i==="NDHWC")p="channelsLast",c=[a,u,l,r[4],r[4]];else if(i==="NCDHW")p="channelsFirst",c=[a,u,l,r[1],r[1]];else throw new Error(`Unknown dataFormat ${i}`);return Ju(r,c,e,o,n,!1,p,s)}function wi(r,t,e,o,n,s,i=!1,a="channelsLast"){let[u,l,c,p]=[-1,-1,-1,-1];if(a==="channelsLast")[u,l,c,p]=r;else if(a==="channelsFirst")[u,p,l,c]=r;else throw new Error(`Unknown dataFormat ${a}`);let[m,d,,f]=t,[h,g]=uo(e),[y,w]=uo(o),b=cr(m,y),I=cr(d,w),{padInfo:C,outHeight:k,outWidth:A}=Tw(n,l,c,h,g,b,I,s,a),P=i?f*p:f,_;return a==="channelsFirst"?_=[u,P,k,A]:a==="channelsLast"&&(_=[u,k,A,P]),{batchSize:u,dataFormat:a,inHeight:l,inWidth:c,inChannels:p,outHeight:k,outWidth:A,outChannels:P,padInfo:C,strideHeight:h,strideWidth:g,filterHeight:m,filterWidth:d,effectiveFilterHeight:b,effectiveFilterWidth:I,dilationHeight:y,dilationWidth:w,inShape:r,outShape:_,filterShape:t}}function Ju(r,t,e,o,n,s=!1,i="channelsLast",a){let[u,l,c,p,m]=[-1,-1,-1,-1,-1];if(i==="channelsLast")[u,l,c,p,m]=r;else if(i==="channelsFirst")[u,m,l,c,p]=r;else throw new Error(`Unknown dataFormat ${i}`);let[d,f,h,,g]=t,[y,w,b]=xi(e),[I,C,k]=xi(o),A=cr(d,I),P=cr(f,C),_=cr(h,k),{padInfo:O,outDepth:N,outHeight:U,outWidth:H}=Fw(n,l,c,p,y,w,b,A,P,_,a),X=s?g*m:g,Z;return i==="channelsFirst"?Z=[u,X,N,U,H]:i==="channelsLast"&&(Z=[u,N,U,H,X]),{batchSize:u,dataFormat:i,inDepth:l,inHeight:c,inWidth:p,inChannels:m,outDepth:N,outHeight:U,outWidth:H,outChannels:X,padInfo:O,strideDepth:y,strideHeight:w,strideWidth:b,filterDepth:d,filterHeight:f,filterWidth:h,effectiveFilterDepth:A,effectiveFilterHeight:P,effectiveFilterWidth:_,dilationDepth:I,dilationHeight:C,dilationWidth:k,inShape:r,outShape:Z,filterShape:t}}function Ew(r,t,e,o,n){o==null&&(o=bi(r,t,e));let s=r[0],i=r[1],a=lo((s-t+2*o)/e+1,n),u=lo((i-t+2*o)/e+1,n);return[a,u]}function _w(r,t,e,o,n,s){n==null&&(n=bi(r,t[0],o[0]));let i=[0,0,0,e];for(let a=0;a<3;a++)r[a]+2*n>=t[a]&&(i[a]=lo((r[a]-t[a]+2*n)/o[a]+1,s));return i}function bi(r,t,e,o=1){let n=cr(t,o);return Math.floor((r[0]*(e-1)-e+n)/2)}function uo(r){return typeof r=="number"?[r,r,r]:r.length===2?[r[0],r[1],1]:r}function xi(r){return typeof r=="number"?[r,r,r]:r}function cr(r,t){return t<=1?r:r+(r-1)*(t-1)}function Tw(r,t,e,o,n,s,i,a,u){let l,c,p;if(typeof r=="number"){l={top:r,bottom:r,left:r,right:r,type:r===0?"VALID":"NUMBER"};let d=Ew([t,e],s,o,r,a);c=d[0],p=d[1]}else if(r==="same"){c=Math.ceil(t/o),p=Math.ceil(e/n);let m=Math.max(0,(c-1)*o+s-t),d=Math.max(0,(p-1)*n+i-e),f=Math.floor(m/2),h=m-f,g=Math.floor(d/2),y=d-g;l={top:f,bottom:h,left:g,right:y,type:"SAME"}}else if(r==="valid")l={top:0,bottom:0,left:0,right:0,type:"VALID"},c=Math.ceil((t-s+1)/o),p=Math.ceil((e-i+1)/n);else if(typeof r=="object"){let m=u==="channelsLast"?r[1][0]:r[2][0],d=u==="channelsLast"?r[1][1]:r[2][1],f=u==="channelsLast"?r[2][0]:r[3][0],h=u==="channelsLast"?r[2][1]:r[3][1];l={top:m,bottom:d,left:f,right:h,type:m===0&&d===0&&f===0&&h===0?"VALID":"EXPLICIT"},c=lo((t-s+m+d)/o+1,a),p=lo((e-i+f+h)/n+1,a)}else throw Error(`Unknown padding parameter: ${r}`);return{padInfo:l,outHeight:c,outWidth:p}}function Fw(r,t,e,o,n,s,i,a,u,l,c){let p,m,d,f;if(r==="valid"&&(r=0),typeof r=="number"){p={top:r,bottom:r,left:r,right:r,front:r,back:r,type:r===0?"VALID":"NUMBER"};let g=_w([t,e,o,1],[a,u,l],1,[n,s,i],r,c);m=g[0],d=g[1],f=g[2]}else if(r==="same"){m=Math.ceil(t/n),d=Math.ceil(e/s),f=Math.ceil(o/i);let h=(m-1)*n+a-t,g=(d-1)*s+u-e,y=(f-1)*i+l-o,w=Math.floor(h/2),b=h-w,I=Math.floor(g/2),C=g-I,k=Math.floor(y/2),A=y-k;p={top:I,bottom:C,left:k,right:A,front:w,back:b,type:"SAME"}}else throw Error(`Unknown padding parameter: ${r}`);return{padInfo:p,outDepth:m,outHeight:d,outWidth:f}}function lo(r,t){if(!t)return Math.trunc(r);switch(t){case"round":return Math.round(r);case"ceil":return Math.ceil(r);case"floor":return Math.floor(r);default:throw new Error(`Unknown roundingMode ${t}`)}}function yi(r){let[t,e,o]=uo(r);return t===1&&e===1&&o===1}function Pw(r,t){return yi(r)||yi(t)}function Dw(r){return uo(r).every(t=>t>0)}function el(r){if(r==="NHWC")return"channelsLast";if(r==="NCHW")return"channelsFirst";throw new Error(`Unknown dataFormat ${r}`)}function $w(r,t,e){if(e!=null){if(typeof t=="string")throw Error(`Error in ${r}: pad must be an integer when using dimRoundingMode ${e} but got pad ${t}.`);if(typeof t=="number")B(Pr(t),()=>`Error in ${r}: pad must be an integer when using dimRoundingMode ${e} but got pad ${t}.`);else if(typeof t=="object")t.forEach(o=>{o.forEach(n=>{B(Pr(n),()=>`Error in ${r}: pad must be an integer when using dimRoundingMode ${e} but got pad ${n}.`)})});else throw Error(`Error in ${r}: Unknown padding parameter: ${t}`)}}function Mw(r,t){let o={x:ee(r,"x","reshape","string_or_numeric")},n={shape:t};return W.runKernel(tr,o,n)}var kt=se({reshape_:Mw});function Nw(r){let e={x:ee(r,"x","clone","string_or_numeric")};return W.runKernel(gt,e)}var tl=se({clone_:Nw});function Bw(r){let e={x:ee(r,"x","sigmoid","float32")};return W.runKernel(nt,e)}var rl=se({sigmoid_:Bw});function Lw(r,t){let e=ee(r,"broadcastTo","x"),o=e.shape;if(Xe(t),t.length<e.rank)throw new Error(`broadcastTo(): shape.length=${t.length} < input.rank=${e.rank}.`);if(t.length>e.rank){let l=e.shape.slice();for(;l.length<t.length;)l.unshift(1);e=kt(e,l)}let n=e.shape,s=Array.from(t);for(let l=t.length-1;l>=0;l--)if(n[l]===t[l])s[l]=1;else if(e.shape[l]!==1)throw new Error(`broadcastTo(): [${o}] cannot be broadcast to [${t}].`);if(s.map((l,c)=>l>1?c:-1).filter(l=>l>=0).length===0)return tl(e);let a={x:e},u={reps:s};return W.runKernel(wt,a,u)}var Si=se({broadcastTo_:Lw});function te(r,t="float32",e){return t=t||"float32",Xe(r),new Ve(r,t,e)}function zw(r){let e={x:ee(r,"x","elu","float32")};return W.runKernel("Elu",e)}var ol=se({elu_:zw});function Ii(r,t){for(let e=0;e<r.length;++e)if(r[r.length-e-1]!==t-1-e)return!1;return!0}function nl(r,t,e){let o=r.length+t.length,n=[],s=0,i=0;for(let a=0;a<o;a++)e.indexOf(a)===-1?n.push(r[s++]):n.push(t[i++]);return n}function Ow(r,t){let e=[],o=r.length;for(let s=0;s<o;s++)t.indexOf(s)===-1&&e.push(r[s]);let n=t.map(s=>r[s]);return[e,n]}function Uw(r,t){let e=t.map(o=>1);return nl(r,e,t)}function Ww(r,t,e){B(Ii(t,e),()=>`${r} supports only inner-most axes for now. Got axes ${t} and rank-${e} input.`)}function Vw(r,t){if(Ii(r,t))return null;let e=[];for(let o=0;o<t;++o)r.indexOf(o)===-1&&e.push(o);return r.forEach(o=>e.push(o)),e}function Gw(r){return r.map((t,e)=>[e,t]).sort((t,e)=>t[1]-e[1]).map(t=>t[0])}function Hw(r,t){let e=[];for(let o=t-r;o<t;++o)e.push(o);return e}function qw(r,t=null,e=!1){let o=ee(r,"x","sum");o.dtype==="bool"&&(o=zu(o,"int32"));let n={x:o},s={axis:t,keepDims:e};return W.runKernel("Sum",n,s)}var sl=se({sum_:qw});function Kw(r,t=.2){let o={x:ee(r,"x","leakyRelu")},n={alpha:t};return W.runKernel(xt,o,n)}var il=se({leakyRelu_:Kw});function po(r,t="float32"){if(Xe(r),t==="complex64"){let o=po(r,"float32"),n=po(r,"float32");return ku(o,n)}let e=Ut(ae(r),t);return W.makeTensor(e,r,t)}function jw(r,t){let e=ee(r,"x","prelu"),o=ee(t,"alpha","prelu"),n={x:e,alpha:o};return W.runKernel(yt,n)}var al=se({prelu_:jw});function Xw(r){let e={x:ee(r,"x","relu")};return W.runKernel(er,e)}var ul=se({relu_:Xw});function Yw(r){let e={x:ee(r,"x","relu6")};return W.runKernel(rr,e)}var ll=se({relu6_:Yw});function Qw(r,t=0){let o={x:ee(r,"x","step")},n={alpha:t};return W.runKernel(uu,o,n)}var cl=se({step_:Qw});function Zw(r,t,e){if(e==null||e==="linear")return r;if(e==="relu")return Zu(r,cl(t));throw new Error(`Cannot compute gradient for fused activation ${e}.`)}function Jw(r,t){let e=t,o=wn(r.shape,t.shape);return o.length>0&&(e=sl(e,o)),kt(e,r.shape)}function eb(r,t,e,o){if(t==="linear")return r;if(t==="relu")return ul(r);if(t==="elu")return ol(r);if(t==="relu6")return ll(r);if(t==="prelu")return al(r,e);if(t==="leakyrelu")return il(r,o);if(t==="sigmoid")return rl(r);throw new Error(`Unknown fused activation ${t}.`)}var tb=(r,t)=>!(r>0)||t==="linear";var S={};pt(S,{ERF_A1:()=>yb,ERF_A2:()=>wb,ERF_A3:()=>bb,ERF_A4:()=>Sb,ERF_A5:()=>Ib,ERF_P:()=>xb,PARALLELIZE_THRESHOLD:()=>Sn,RowPartitionType:()=>qe,SELU_SCALE:()=>gb,SELU_SCALEALPHA:()=>hb,applyActivation:()=>eb,assertAndGetBroadcastShape:()=>Uu,assertAxesAreInnerMostDims:()=>Ww,assertParamsConsistent:()=>rb,assignToTypedArray:()=>Eb,axesAreInnerMostDims:()=>Ii,calculateShapes:()=>dw,checkEinsumDimSizes:()=>$b,checkPadOnDimRoundingMode:()=>$w,combineLocations:()=>nl,combineRaggedTensorToTensorShapes:()=>nb,complexWithEvenIndex:()=>kb,complexWithOddIndex:()=>Ab,computeConv2DInfo:()=>wi,computeConv3DInfo:()=>Ju,computeDefaultPad:()=>bi,computeDilation2DInfo:()=>kw,computeOptimalWindowSize:()=>ub,computeOutAndReduceShapes:()=>Ow,computeOutShape:()=>ob,computePool2DInfo:()=>Aw,computePool3DInfo:()=>Rw,convertConv2DDataFormat:()=>el,decodeEinsumEquation:()=>Pb,eitherStridesOrDilationsAreOne:()=>Pw,expandShapeToKeepDim:()=>Uw,exponent:()=>Tb,exponents:()=>_b,fromStringArrayToUint8:()=>tS,fromUint8ToStringArray:()=>eS,getAxesPermutation:()=>Vw,getBroadcastDims:()=>Ou,getComplexWithIndex:()=>Rb,getEinsumComputePath:()=>Mb,getEinsumPermutation:()=>Db,getFusedBiasGradient:()=>Jw,getFusedDyActivation:()=>Zw,getImageCenter:()=>lb,getInnerMostAxes:()=>Hw,getPermuted:()=>pb,getRaggedRank:()=>ib,getReductionAxes:()=>wn,getReshaped:()=>cb,getReshapedPermuted:()=>mb,getRowPartitionTypesHelper:()=>sb,getSliceBeginCoords:()=>db,getSliceSize:()=>fb,getSparseFillEmptyRowsIndicesDenseShapeMismatch:()=>zb,getSparseFillEmptyRowsNegativeIndexErrorMessage:()=>Ob,getSparseFillEmptyRowsOutOfRangeIndexErrorMessage:()=>Ub,getSparseReshapeEmptyTensorZeroOutputDimErrorMessage:()=>Gb,getSparseReshapeInputOutputMismatchErrorMessage:()=>qb,getSparseReshapeInputOutputMultipleErrorMessage:()=>Hb,getSparseReshapeMultipleNegativeOneOutputDimErrorMessage:()=>Wb,getSparseReshapeNegativeOutputDimErrorMessage:()=>Vb,getSparseSegmentReductionIndicesOutOfRangeErrorMessage:()=>Yb,getSparseSegmentReductionNegativeSegmentIdsErrorMessage:()=>Kb,getSparseSegmentReductionNonIncreasingSegmentIdsErrorMessage:()=>jb,getSparseSegmentReductionSegmentIdOutOfRangeErrorMessage:()=>Xb,getUndoAxesPermutation:()=>Gw,isIdentityPermutation:()=>Nb,log:()=>By,mergeRealAndImagArrays:()=>Cb,prepareAndValidate:()=>pw,prepareSplitSize:()=>Lb,segment_util:()=>vi,shouldFuse:()=>tb,slice_util:()=>pe,splitRealAndImagArrays:()=>vb,stridesOrDilationsArePositive:()=>Dw,tupleValuesAreOne:()=>yi,upcastType:()=>Pe,validateDefaultValueShape:()=>ab,validateInput:()=>mw,validateUpdateShape:()=>Wu,warn:()=>Qe});function rb(r,t){let e=r[0].length;r.forEach((n,s)=>{B(n.length===e,()=>`Error in concat${e}D: rank of tensors[${s}] must be the same as the rank of the rest (${e})`)}),B(t>=0&&t<e,()=>`Error in concat${e}D: axis must be between 0 and ${e-1}.`);let o=r[0];r.forEach((n,s)=>{for(let i=0;i<e;i++)B(i===t||n[i]===o[i],()=>`Error in concat${e}D: Shape of tensors[${s}] (${n}) does not match the shape of the rest (${o}) along the non-concatenated axis ${s}.`)})}function ob(r,t){let e=r[0].slice();for(let o=1;o<r.length;o++)e[t]+=r[o][t];return e}var qe;(function(r){r[r.FIRST_DIM_SIZE=0]="FIRST_DIM_SIZE",r[r.VALUE_ROWIDS=1]="VALUE_ROWIDS",r[r.ROW_LENGTHS=2]="ROW_LENGTHS",r[r.ROW_SPLITS=3]="ROW_SPLITS",r[r.ROW_LIMITS=4]="ROW_LIMITS",r[r.ROW_STARTS=5]="ROW_STARTS"})(qe||(qe={}));function nb(r,t,e){let o=new Array;if(e==null&&t==null)return o;if(t==null)for(;o.length<r+e.length;)o.push(-1);else o=t.slice();if(e==null)return o;if(r+e.length!==o.length)throw new Error(`rt input.shape and shape=${t} are incompatible: rt input.rank = ${r+e.length}, but shape.rank = ${o.length}`);for(let n=1;n<e.length;++n){let s=e[n],i=o[o.length-e.length+n],a=o[i];if(s>=0)if(a>=0){if(a!==s)throw new Error(`rt input.shape and shape=${t} are incompatible: rt input.shape[${n+r}] = ${s} but shape[${n+r}] = ${a}`)}else o[i]=s}return o}function sb(r){let t={FIRST_DIM_SIZE:qe.FIRST_DIM_SIZE,VALUE_ROWIDS:qe.VALUE_ROWIDS,ROW_LENGTHS:qe.ROW_LENGTHS,ROW_SPLITS:qe.ROW_SPLITS,ROW_LIMITS:qe.ROW_LIMITS,ROW_STARTS:qe.ROW_STARTS},e=[];for(let o of r)if(o in t)e.push(t[o]);else break;return e}function ib(r){return r.length===0?0:r[0]===qe.FIRST_DIM_SIZE?r.length-1:r.length}function ab(r,t){if(r==null||t==null)return;let e=r.length,o=t.length;if(e>=o)throw new Error(`defaultValue.shape=${r} and ragged tensor flatValues.shape=${t}, are incompatible: defaultValue.rank = ${e} must be less than ragged tensor input flatValues.rank = ${o})`);for(let n=0;n<Math.min(e,o-1);++n){let s=r[n],i=t[n+1];if(s>=0&&i>=0&&s!==1&&s!==i)throw new Error(`defaultValue.shape=${r}, and ragged tensor input flatValues.shape=${t} are incompatible: defaultValue.shape[${n-r.length}] = ${s} but ragged tensor input.flatValues.shape[${n-r.length}] = ${i}`)}}var Sn=30;function ub(r){return r<=Sn?r:Ot(r,Math.floor(Math.sqrt(r)))}function lb(r,t,e){let o=e*(typeof r=="number"?r:r[0]),n=t*(typeof r=="number"?r:r[1]);return[o,n]}function cb(r,t,e,o=!0){let n=[];if(o)n=n.concat(t.slice(0)),n.push(r[0]/e),n=n.concat(r.slice(1));else{n=n.concat(r[0]);let s=t.length;for(let i=0;i<s;++i)n=n.concat([r[i+1]/t[i],t[i]]);n=n.concat(r.slice(s+1))}return n}function pb(r,t,e=!0){let o=[];if(e){o.push(t);for(let n=t+1;n<r;++n)n<=2*t?(o.push(n),o.push(n-(t+1))):o.push(n)}else{let n=[],s=[];for(let i=1;i<r;++i)i>=t*2+1||i%2===1?s.push(i):n.push(i);o.push(...n),o.push(0),o.push(...s)}return o}function mb(r,t,e,o=!0){let n=[];o?n.push(r[0]/e):n.push(r[0]*e);for(let s=1;s<r.length;++s)s<=t.length?o?n.push(t[s-1]*r[s]):n.push(r[s]/t[s-1]):n.push(r[s]);return n}function db(r,t){let e=[0];for(let o=0;o<t;++o)e.push(r[o][0]);return e}function fb(r,t,e){let o=r.slice(0,1);for(let n=0;n<e;++n)o.push(r[n+1]-t[n][0]-t[n][1]);return o}var hb=1.7580993408473768,gb=1.0507009873554805;var xb=.3275911,yb=.254829592,wb=-.284496736,bb=1.421413741,Sb=-1.453152027,Ib=1.061405429;function Cb(r,t){if(r.length!==t.length)throw new Error(`Cannot merge real and imag arrays of different lengths. real:${r.length}, imag: ${t.length}.`);let e=new Float32Array(r.length*2);for(let o=0;o<e.length;o+=2)e[o]=r[o/2],e[o+1]=t[o/2];return e}function vb(r){let t=new Float32Array(r.length/2),e=new Float32Array(r.length/2);for(let o=0;o<r.length;o+=2)t[o/2]=r[o],e[o/2]=r[o+1];return{real:t,imag:e}}function kb(r){let t=Math.ceil(r.length/4),e=new Float32Array(t),o=new Float32Array(t);for(let n=0;n<r.length;n+=4)e[Math.floor(n/4)]=r[n],o[Math.floor(n/4)]=r[n+1];return{real:e,imag:o}}function Ab(r){let t=Math.floor(r.length/4),e=new Float32Array(t),o=new Float32Array(t);for(let n=2;n<r.length;n+=4)e[Math.floor(n/4)]=r[n],o[Math.floor(n/4)]=r[n+1];return{real:e,imag:o}}function Rb(r,t){let e=r[t*2],o=r[t*2+1];return{real:e,imag:o}}function Eb(r,t,e,o){r[o*2]=t,r[o*2+1]=e}function _b(r,t){let e=new Float32Array(r/2),o=new Float32Array(r/2);for(let n=0;n<Math.ceil(r/2);n++){let s=(t?2:-2)*Math.PI*(n/r);e[n]=Math.cos(s),o[n]=Math.sin(s)}return{real:e,imag:o}}function Tb(r,t,e){let o=(e?2:-2)*Math.PI*(r/t),n=Math.cos(o),s=Math.sin(o);return{real:n,imag:s}}var Ci="->",Fb=/->/g,pl=",",ml="...";function Pb(r,t){r=r.replace(/\s/g,"");let e=(r.length-r.replace(Fb,"").length)/Ci.length;if(e<1)throw new Error("Equations without an arrow are not supported.");if(e>1)throw new Error(`Equation must contain exactly one arrow ("${Ci}").`);let[o,n]=r.split(Ci);B(o.indexOf(ml)===-1,()=>`The ellipsis notation ("${ml}") is not supported yet.`);let s=o.split(pl),i=s.length;if(t!==i)throw new Error(`Expected ${i} input tensors, received ${t}`);if(i>2)throw new Error("Support for more than 2 input tensors is not implemented yet.");let a=[];for(let m=0;m<n.length;++m){let d=n[m];if(!s.some(f=>f.indexOf(d)!==-1))throw new Error(`Output subscripts contain the label ${d} not present in the input subscripts.`);a.indexOf(d)===-1&&a.push(d)}for(let m=0;m<o.length;++m){let d=o[m];a.indexOf(d)===-1&&d!==pl&&a.push(d)}let u=new Array(s.length);for(let m=0;m<i;++m){if(new Set(s[m].split("")).size!==s[m].length)throw new Error(`Found duplicate axes in input component ${s[m]}. Support for duplicate axes in input is not implemented yet.`);u[m]=[];for(let d=0;d<s[m].length;++d)u[m].push(a.indexOf(s[m][d]))}let l=a.length,c=n.length,p=[];for(let m=c;m<l;++m)p.push(m);return{allDims:a,summedDims:p,idDims:u}}function Db(r,t){let e=new Array(r);e.fill(-1);for(let n=0;n<t.length;++n)e[t[n]]=n;let o=[];for(let n=0;n<r;++n)e[n]===-1&&o.push(n);return e=e.filter(n=>n!==-1),{permutationIndices:e,expandDims:o}}function $b(r,t,e){let o=new Array(r);for(let n=0;n<e.length;++n){let s=e[n].shape;for(let i=0;i<t[n].length;++i)o[t[n][i]]===void 0?o[t[n][i]]=s[i]:B(o[t[n][i]]===s[i],()=>`Expected dimension ${o[t[n][i]]} at axis ${i} of input shaped ${JSON.stringify(s)}, but got dimension ${s[i]}`)}}function Mb(r,t){let e=r,o=[],n=0;r.length===0&&e.push(-1),n=r.length+1;for(let i=0;i<n;++i)o.push([]);let s=[];for(let i=0;i<e.length;++i){let a=e[i],u=Bb(t,a);for(let l of u)s.indexOf(l)===-1&&(o[i].push(l),s.push(l))}return{path:e,steps:o}}function Nb(r){return r.every((t,e)=>t===e)}function Bb(r,t){let e=[];for(let o=0;o<r.length;++o)(r[o].length===0||r[o].indexOf(t)!==-1||t===-1)&&e.push(o);return e}function Lb(r,t,e=0){let o=[];if(typeof t=="number")B(r.shape[e]%t===0,()=>"Number of splits must evenly divide the axis."),o=new Array(t).fill(r.shape[e]/t);else{let n=t.reduce((i,a)=>(a===-1&&(i+=1),i),0);B(n<=1,()=>"There should be only one negative value in split array.");let s=t.indexOf(-1);if(s!==-1){let i=t.reduce((a,u)=>u>0?a+u:a);t[s]=r.shape[e]-i}B(r.shape[e]===t.reduce((i,a)=>i+a),()=>"The sum of sizes must match the size of the axis dimension."),o=t}return o}function zb(r){return`Received SparseTensor with denseShape[0] = 0 but
  indices.shape[0] = ${r}`}function Ob(r,t){return`indices(${r}, 0) is invalid: ${t} < 0`}function Ub(r,t,e){return`indices(${r}, 0) is invalid: ${t} >= ${e}`}function Wb(r,t){return`only one output dimension may be -1, not both ${r} and ${t}`}function Vb(r,t){return`size ${r} must be non-negative, not ${t}`}function Gb(){return"reshape cannot infer the missing input size for an empty tensor unless all specified input sizes are non-zero"}function Hb(r,t){let e=ae(r),o=ae(t);return`Input to reshape is a SparseTensor with ${e}
  dense values, but the requested shape requires a multiple of ${o}. inputShape=${r} outputShape= ${t}`}function qb(r,t){let e=ae(r),o=ae(t);return`Input to reshape is a tensor with ${e} dense values, but the requested shape has ${o}. inputShape=${r} outputShape=${t}`}function Kb(){return"segment ids must be >= 0"}function jb(){return"segment ids are not increasing"}function Xb(r,t){return`Segment id ${r} out of range [0, ${t}), possibly because segmentIds input is not sorted.`}function Yb(r,t,e){return`Bad: indices[${r}] == ${t} out of range [0, ${e})`}var vi={};pt(vi,{collectGatherOpShapeInfo:()=>Jb,computeOutShape:()=>Zb,segOpComputeOptimalWindowSize:()=>Qb});function Qb(r,t){let e=!1,o;for(r<=Sn?(o=r,e=!0):o=Ot(r,Math.floor(Math.sqrt(r)));!e;)o>t||o===r?e=!0:o=Ot(r,o+1);return o}function Zb(r,t,e){let o=[],n=r.length;for(let s=0;s<n;s++)s!==t?o.push(r[s]):o.push(e);return o}function Jb(r,t,e,o){let n=t.shape.length,s=r.shape.length;if(o!==0&&(o<-n||o>n))throw new Error(`Expect batchDims in the range of [-${n}, ${n}], but got ${o}`);if(o<0&&(o+=n),o>s)throw new Error(`batchDims (${o}) must be less than rank(x) (
    ${s}).`);if(e<o)throw new Error(`batchDims (${o}) must be less than or equal to axis (${e}).`);for(let p=0;p<o;++p)if(r.shape[p]!==t.shape[p])throw new Error(`x.shape[${p}]: ${r.shape[p]} should be equal to indices.shape[${p}]: ${t.shape[p]}.`);let i=r.shape[e],a=[],u=1,l=1,c=1;for(let p=0;p<o;++p)a.push(r.shape[p]),u*=r.shape[p];for(let p=o;p<e;p++)a.push(r.shape[p]),l*=r.shape[p];for(let p=o;p<n;p++)a.push(t.shape[p]);for(let p=e+1;p<s;p++)a.push(r.shape[p]),c*=r.shape[p];return{batchSize:u,sliceSize:c,outerSize:l,dimSize:i,outputShape:a}}function eS(r){try{return r.map(t=>ur(t))}catch(t){throw new Error(`Failed to decode encoded string bytes into utf-8, error: ${t}`)}}function tS(r){return r.map(t=>ar(t))}var re;(function(r){r[r.float32=0]="float32",r[r.int32=1]="int32",r[r.bool=2]="bool",r[r.string=3]="string",r[r.complex64=4]="complex64"})(re||(re={}));var pr;(function(r){r[r.linear=0]="linear",r[r.relu=1]="relu",r[r.relu6=2]="relu6",r[r.prelu=3]="prelu",r[r.leakyrelu=4]="leakyrelu",r[r.sigmoid=5]="sigmoid",r[r.elu=6]="elu"})(pr||(pr={}));function G(r,t){let e;function o(s){e=s.wasm.cwrap(r,null,["number","number","number"])}function n(s){let{backend:i,inputs:{x:a}}=s,u=i.dataIdMap.get(a.dataId).id,l=i.makeOutput(a.shape,t||a.dtype),c=i.dataIdMap.get(l.dataId).id;return x.sizeFromShape(l.shape)===0||e(u,re[a.dtype],c),l}return{kernelName:r,backendName:"wasm",setupFunc:o,kernelFunc:n}}var dl=G("Abs");function Y(r,t,e){let o;function n(i){o=i.wasm.cwrap(r,null,["number","array","number","number","array","number","number","number"])}function s(i){let{backend:a,inputs:u}=i,{a:l,b:c}=u,p=a.dataIdMap.get(l.dataId).id,m=a.dataIdMap.get(c.dataId).id,d=e??l.dtype,f=S.assertAndGetBroadcastShape(l.shape,c.shape),h=a.makeOutput(f,d);if(x.sizeFromShape(f)===0)return h;let g=new Uint8Array(new Int32Array(l.shape).buffer),y=new Uint8Array(new Int32Array(c.shape).buffer),w=a.dataIdMap.get(h.dataId).id;return o(p,g,l.shape.length,m,y,c.shape.length,re[l.dtype],w),h}return{kernelName:r,backendName:"wasm",setupFunc:n,kernelFunc:s}}var oS=!0,fl=Y("Add",oS);function mr(r){let{inputs:{x:t},backend:e}=r;if(t.dtype==="string")return li(e.readSync(t.dataId),t.shape,t.dtype);let o=e.makeOutput(t.shape,t.dtype),n=e.typedArrayFromHeap(t);return e.typedArrayFromHeap(o).set(n),o}var hl;function nS(r){hl=r.wasm.cwrap(Jr,null,["number","array","number","number","number","array","number"])}function ki(r){let{inputs:t,backend:e,attrs:o}=r,[n,s]=iS(t.x.shape,o.perm),i=!0;for(let f=0;f<s.length;f++)s[f]!==f&&(i=!1);let a=sS(t.x.shape,o.perm),u={dataId:t.x.dataId,shape:n,dtype:t.x.dtype};if(i){let f=mr({inputs:t,backend:e});return f.shape=a,f}let l=e.makeOutput(a,u.dtype),c=e.dataIdMap.get(u.dataId).id,p=e.dataIdMap.get(l.dataId).id,m=new Uint8Array(new Int32Array(s).buffer),d=new Uint8Array(new Int32Array(u.shape).buffer);return hl(c,d,u.shape.length,re[u.dtype],p,m,s.length),l}function sS(r,t){let e=new Array(r.length);for(let o=0;o<e.length;o++)e[o]=r[t[o]];return e}function iS(r,t){let e=[],o=[];for(let n=0;n<r.length;++n)r[n]!==1&&e.push(r[n]),r[t[n]]!==1&&o.push(t[n]);for(let n=0;n<o.length;++n){let s=-1;for(let i=0;i<o.length;++i)o[i]>=n&&(s===-1||o[s]>o[i])&&(s=i);o[s]=n}return[e,o]}var gl={kernelName:Jr,backendName:"wasm",kernelFunc:ki,setupFunc:nS};function $e(r,t,e){let o=r.shape,n=r.shape.length,s=x.parseAxisParam(t,o),i=s,a=S.getAxesPermutation(i,n),u=null,l=!1;if(a!=null){let c=new Array(n);for(let d=0;d<c.length;d++)c[d]=o[a[d]];i=S.getInnerMostAxes(i.length,n),u=ki({inputs:{x:r},attrs:{perm:a},backend:e});let p=e.dataIdMap.get(r.dataId).id;e.dataIdMap.get(u.dataId).id!==p&&(l=!0)}return{transposed:u,originalAxes:s,axes:i,inputWasTransposed:l}}function Cn(r){let t;function e(n){t=n.wasm.cwrap(r,null,["number","number","number","number","number"])}function o(n){let{backend:s,inputs:i,attrs:a}=n,{axis:u}=a,{x:l}=i,c=s.dataIdMap.get(l.dataId).id,p=c,m=l,{transposed:d,axes:f,inputWasTransposed:h}=$e(l,u,s);if(h){let C=s.dataIdMap.get(d.dataId).id;C!==c&&(m=d,p=C)}let g=m.shape.slice(0,-1),y=s.makeOutput(g,"int32"),w=s.dataIdMap.get(y.dataId).id,b=x.sizeFromShape(y.shape),I=m.shape[f[0]];return t(p,re[m.dtype],b,I,w),h&&s.disposeData(d.dataId),y}return{kernelName:r,backendName:"wasm",setupFunc:e,kernelFunc:o}}var xl=Cn(Uo);var yl=Cn(Wo);var wl;function aS(r){wl=r.wasm.cwrap(Mr,null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function uS(r){let{inputs:t,attrs:e,backend:o}=r,n=t.x,s=o.dataIdMap.get(n.dataId).id,{filterSize:i,strides:a,pad:u,dimRoundingMode:l}=e,c=S.computePool2DInfo(n.shape,i,a,1,u,l),p=c.filterHeight,m=c.filterWidth,d=c.padInfo.top,f=c.padInfo.right,h=c.padInfo.bottom,g=c.padInfo.left,y=c.strideHeight,w=c.strideWidth,b=c.inChannels;if(c.dataFormat!=="channelsLast")throw new Error(`wasm backend does not support dataFormat:'${c.dataFormat}'. Please use 'channelsLast'.`);if(c.dilationWidth!==1||c.dilationHeight!==1)throw new Error(`was backend only supports average pooling with dilation = [1, 1], got [${c.dilationHeight}, ${c.dilationWidth}].`);let I=o.makeOutput(c.outShape,"float32"),C=o.dataIdMap.get(I.dataId).id;return wl(s,n.shape[0],n.shape[1],n.shape[2],p,m,d,f,h,g,y,w,b,C),I}var bl={kernelName:Mr,backendName:"wasm",setupFunc:aS,kernelFunc:uS};function xe(r){let{inputs:t,attrs:e}=r,{x:o}=t,{shape:n}=e,s=x.sizeFromShape(o.shape),i=x.inferFromImplicitShape(n,s);return x.assert(s===x.sizeFromShape(i),()=>`new shape: ${i}, old shape: ${o.shape}. New shape and old shape must have the same number of elements.`),r.backend.incRef(o.dataId),{dataId:o.dataId,shape:i,dtype:o.dtype}}var Sl={kernelName:tr,backendName:"wasm",kernelFunc:xe};var Il;function lS(r){Il=r.wasm.cwrap(Nr,null,["number","array","number","number","array","number","number","number","number"])}function cS(r){let{inputs:t,backend:e,attrs:o}=r,{a:n,b:s}=t,{transposeA:i,transposeB:a}=o;if(n.dtype!=="float32"||s.dtype!=="float32")throw new Error("BatchMatMul for non non-float32 tensors not yet supported.");let u=n.shape.length,l=s.shape.length,c=i?n.shape[u-2]:n.shape[u-1],p=a?s.shape[l-1]:s.shape[l-2],m=i?n.shape[u-1]:n.shape[u-2],d=a?s.shape[l-2]:s.shape[l-1],f=n.shape.slice(0,-2),h=s.shape.slice(0,-2),g=x.sizeFromShape(f),y=x.sizeFromShape(h),b=vt.assertAndGetBroadcastShape(n.shape.slice(0,-2),s.shape.slice(0,-2)).concat([m,d]);x.assert(c===p,()=>`Error in matMul: inner shapes (${c}) and (${p}) of Tensors with shapes ${n.shape} and ${s.shape} and transposeA=${i} and transposeB=${a} must match.`);let I=i?[g,c,m]:[g,m,c],C=a?[y,d,p]:[y,p,d],k=xe({inputs:{x:n},backend:e,attrs:{shape:I}}),A=xe({inputs:{x:s},backend:e,attrs:{shape:C}}),P=e.dataIdMap.get(k.dataId).id,_=e.dataIdMap.get(A.dataId).id,O=i?k.shape[2]:k.shape[1],N=a?A.shape[1]:A.shape[2],U=Math.max(g,y),H=e.makeOutput([U,O,N],k.dtype),X=e.dataIdMap.get(H.dataId).id,Z=new Uint8Array(new Int32Array(k.shape).buffer),ne=new Uint8Array(new Int32Array(A.shape).buffer);return Il(P,Z,k.shape.length,_,ne,A.shape.length,i,a,X),e.disposeData(k.dataId),e.disposeData(A.dataId),H.shape=b,H}var Cl={kernelName:Nr,backendName:"wasm",setupFunc:lS,kernelFunc:cS};function et(r){let{inputs:{x:t},attrs:{dtype:e},backend:o}=r,n=o.makeOutput(t.shape,e),s=o.typedArrayFromHeap(t);return o.typedArrayFromHeap(n).set(s),n}var vl={kernelName:Ye,backendName:"wasm",kernelFunc:et};var kl=G(Wt);var Al;function pS(r){Al=r.wasm.cwrap(Br,null,["number","number","number","number"])}function mS(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{clipValueMin:s,clipValueMax:i}=o,a=e.dataIdMap.get(n.dataId).id,u=e.makeOutput(n.shape,n.dtype),l=e.dataIdMap.get(u.dataId).id;return Al(a,s,i,l),u}var Rl={kernelName:Br,backendName:"wasm",setupFunc:pS,kernelFunc:mS};var Yi={};pt(Yi,{addImpl:()=>Ei,bincountImpl:()=>Tl,bincountReduceImpl:()=>Fl,bitwiseAndImpl:()=>_i,castImpl:()=>Ri,ceilImpl:()=>Ti,concatImpl:()=>fo,equalImpl:()=>Fi,expImpl:()=>Pi,expm1Impl:()=>Di,floorDivImpl:()=>Mi,floorImpl:()=>$i,gatherNdImpl:()=>Pl,gatherV2Impl:()=>Dl,greaterEqualImpl:()=>Bi,greaterImpl:()=>Ni,lessEqualImpl:()=>zi,lessImpl:()=>Li,linSpaceImpl:()=>$l,logImpl:()=>Oi,maxImpl:()=>Ml,maximumImpl:()=>Ui,minimumImpl:()=>Wi,multiplyImpl:()=>xo,negImpl:()=>Nl,notEqualImpl:()=>Vi,prodImpl:()=>Ll,raggedGatherImpl:()=>Ol,raggedRangeImpl:()=>Wl,raggedTensorToTensorImpl:()=>Hl,rangeImpl:()=>yo,rsqrtImpl:()=>Hi,scatterImpl:()=>ql,sigmoidImpl:()=>Kl,simpleAbsImpl:()=>El,sliceImpl:()=>hr,sparseFillEmptyRowsImpl:()=>jl,sparseReshapeImpl:()=>Xl,sparseSegmentReductionImpl:()=>Yl,sqrtImpl:()=>Ql,squaredDifferenceImpl:()=>qi,staticRegexReplaceImpl:()=>Ki,stridedSliceImpl:()=>Zl,stringNGramsImpl:()=>Jl,stringSplitImpl:()=>ec,stringToHashBucketFastImpl:()=>tc,subImpl:()=>Xi,tileImpl:()=>rc,topKImpl:()=>nc,transposeImpl:()=>Bl,uniqueImpl:()=>sc});function vn(r,t){Array.isArray(r)||(r=[r]),r.forEach(e=>{e!=null&&x.assert(e.dtype!=="complex64",()=>`${t} does not support complex64 tensors in the CPU backend.`)})}function El(r){let t=new Float32Array(r.length);for(let e=0;e<r.length;++e)t[e]=Math.abs(r[e]);return t}function oe(r){return(t,e,o,n,s)=>{let i=S.assertAndGetBroadcastShape(t,e),a=i.length,u=x.computeStrides(i),l=x.sizeFromShape(i),c=x.getTypedArrayFromDType(s,l),p=t.length,m=e.length,d=x.computeStrides(t),f=x.computeStrides(e),h=S.getBroadcastDims(t,i),g=S.getBroadcastDims(e,i);if(h.length+g.length===0)for(let y=0;y<c.length;++y)c[y]=r(o[y%o.length],n[y%n.length]);else for(let y=0;y<c.length;++y){let w=x.indexToLoc(y,a,u),b=w.slice(-p);h.forEach(A=>b[A]=0);let I=x.locToIndex(b,p,d),C=w.slice(-m);g.forEach(A=>C[A]=0);let k=x.locToIndex(C,m,f);c[y]=r(o[I],n[k])}return[c,i]}}function dr(r){let{inputs:t,backend:e}=r,{real:o,imag:n}=t,s=e.data.get(o.dataId).values,i=e.data.get(n.dataId).values,a=e.makeTensorInfo(o.shape,"complex64"),u=e.data.get(a.dataId);return u.complexTensorInfos={real:e.makeTensorInfo(o.shape,"float32",s),imag:e.makeTensorInfo(n.shape,"float32",i)},a}function kn(r,t,e="float32"){if(e==="complex64"){let n=kn(r,t,"float32"),s=kn(r,t,"float32");return dr({inputs:{real:n,imag:s},backend:r})}let o=x.makeZerosTypedArray(x.sizeFromShape(t),e);return r.makeTensorInfo(t,e,o)}function Ai(r){let{inputs:t,backend:e}=r,{x:o}=t;return e.incRef(o.dataId),{dataId:o.dataId,shape:o.shape,dtype:o.dtype}}function _l(r){let{inputs:t,backend:e}=r,{input:o}=t,n=e.data.get(o.dataId).complexTensorInfos.real,s=e.data.get(n.dataId).values;return e.makeTensorInfo(n.shape,n.dtype,s)}function Ri(r,t,e,o){if(o==="int32"){let n=Int32Array.from(r);return[t,"int32",n]}if(o==="bool"){let n=x.toTypedArray([0],e),[s,i]=oe((a,u)=>a!==u?1:0)(t,[],r,n,"bool");return[i,"bool",s]}throw new Error(`Error in Cast: failed to cast ${e} to ${o}`)}function mo(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{dtype:s}=o;if(s==="complex64"){if(n.dtype==="complex64")return Ai({inputs:{x:n},backend:e});let c=kn(e,n.shape,n.dtype),p=mo({inputs:{x:n},backend:e,attrs:{dtype:"float32"}}),m=dr({inputs:{real:p,imag:c},backend:e});return e.disposeIntermediateTensorInfo(c),e.disposeIntermediateTensorInfo(p),m}if(n.dtype==="complex64"){let c=_l({inputs:{input:n},backend:e}),p=mo({inputs:{x:c},backend:e,attrs:{dtype:s}});return e.disposeIntermediateTensorInfo(c),p}if(!x.hasEncodingLoss(n.dtype,s)){let c=Ai({inputs:{x:n},backend:e});return{dataId:c.dataId,shape:c.shape,dtype:s}}let i=e.data.get(n.dataId).values,[a,u,l]=Ri(i,n.shape,n.dtype,s);return e.makeTensorInfo(a,u,l)}function ie(r,t,e,o){return e==null?({inputs:n,backend:s})=>{let{a:i,b:a}=n,u=s;vn([i,a],r);let l=u.data.get(i.dataId).values,c=u.data.get(a.dataId).values,p=i.dtype==="string"?S.fromUint8ToStringArray(l):l,m=i.dtype==="string"?S.fromUint8ToStringArray(c):c,d=o||i.dtype,[f,h]=t(i.shape,a.shape,p,m,d);return u.makeTensorInfo(h,d,f)}:({inputs:n,backend:s})=>{let{a:i,b:a}=n,u=s;if(i.dtype==="complex64"||a.dtype==="complex64"){let l=mo({inputs:{x:i},backend:u,attrs:{dtype:"complex64"}}),c=u.data.get(l.dataId),p=c.complexTensorInfos.real,m=c.complexTensorInfos.imag,d=u.data.get(p.dataId).values,f=u.data.get(m.dataId).values,h=mo({inputs:{x:a},backend:u,attrs:{dtype:"complex64"}}),g=u.data.get(h.dataId),y=g.complexTensorInfos.real,w=g.complexTensorInfos.imag,b=u.data.get(y.dataId).values,I=u.data.get(w.dataId).values,[C,k,A]=e(i.shape,a.shape,d,f,b,I),P=u.makeTensorInfo(A,"float32",C),_=u.makeTensorInfo(A,"float32",k),O=dr({inputs:{real:P,imag:_},backend:u});return u.disposeIntermediateTensorInfo(l),u.disposeIntermediateTensorInfo(h),u.disposeIntermediateTensorInfo(P),u.disposeIntermediateTensorInfo(_),O}else{let l=u.data.get(i.dataId).values,c=u.data.get(a.dataId).values,p=o||i.dtype,[m,d]=t(i.shape,a.shape,l,c,p);return u.makeTensorInfo(d,p,m)}}}function fr(r){return(t,e,o,n,s,i)=>{let a=S.assertAndGetBroadcastShape(t,e),u=x.sizeFromShape(a),l=a.length,c=x.computeStrides(a),p=x.getTypedArrayFromDType("float32",u),m=x.getTypedArrayFromDType("float32",u),d=S.getBroadcastDims(t,a),f=S.getBroadcastDims(e,a),h=S.mergeRealAndImagArrays(o,n),g=S.mergeRealAndImagArrays(s,i),y=t.length,w=x.computeStrides(t),b=e.length,I=x.computeStrides(e);if(d.length+f.length===0)for(let C=0;C<p.length;C++){let k=C%h.length,A=C%g.length,P=r(h[k*2],h[k*2+1],g[A*2],g[A*2+1]);p[C]=P.real,m[C]=P.imag}else for(let C=0;C<p.length;C++){let k=x.indexToLoc(C,l,c),A=k.slice(-y);d.forEach(U=>A[U]=0);let P=x.locToIndex(A,y,w),_=k.slice(-b);f.forEach(U=>_[U]=0);let O=x.locToIndex(_,b,I),N=r(h[P*2],h[P*2+1],g[O*2],g[O*2+1]);p[C]=N.real,m[C]=N.imag}return[p,m,a]}}var Ei=oe(((r,t)=>r+t)),fS=fr(((r,t,e,o)=>({real:r+e,imag:t+o}))),ST=ie("Add",Ei,fS);function Tl(r,t,e,o,n){let s=x.sizeFromShape(o),i=x.makeZerosTypedArray(n,e);for(let a=0;a<r.length;a++){let u=r[a];if(u<0)throw new Error("Input x must be non-negative!");u>=n||(s>0?i[u]+=t[a]:i[u]+=1)}return i}function Fl(r,t,e,o=!1){let n=r.shape[0],s=r.shape[1],i=te([n,e],t.dtype);for(let a=0;a<n;a++)for(let u=0;u<s;u++){let l=r.get(a,u);if(l<0)throw new Error("Input x must be non-negative!");l>=e||(o?i.set(1,a,l):t.size>0?i.set(i.get(a,l)+t.get(a,u),a,l):i.set(i.get(a,l)+1,a,l))}return i}var _i=oe(((r,t)=>r&t)),ET=ie(su,_i);function me(r){return(t,e,o)=>{let n=x.getArrayFromDType(e,t.length);for(let s=0;s<t.length;++s)n[s]=r(t[s],o);return n}}function An(r,t,e){let o=me(t);return Ce(r,o,e)}function Ce(r,t,e){return({inputs:o,attrs:n,backend:s})=>{let{x:i}=o;vn(i,r);let a=s,u=a.data.get(i.dataId).values,l;if(i.dtype==="string"){if(!Array.isArray(u))throw new Error("String tensor's value was not an instance of Array");l=S.fromUint8ToStringArray(u)}else l=u;let c=e||i.dtype,p=t(l,c,n);return a.makeTensorInfo(i.shape,c,p)}}var Ti=me(r=>Math.ceil(r)),zT=Ce(Wt,Ti);function fo(r,t,e,o){let n=x.getArrayFromDType(e,x.sizeFromShape(t));if(o&&e!=="string"){let s=0;r.forEach(i=>{let a=x.sizeFromShape(i.shape);n.set(i.vals,s),s+=a})}else{let s=0;r.forEach(i=>{let a=e==="string"?S.fromUint8ToStringArray(i.vals):i.vals,u=0;for(let l=0;l<i.shape[0];++l){let c=l*t[1]+s;for(let p=0;p<i.shape[1];++p)n[c+p]=a[u++]}s+=i.shape[1]})}return n}var Fi=oe((r,t)=>r===t?1:0),qT=ie(Vt,Fi,null,"bool");var Pi=me(r=>Math.exp(r)),QT=Ce("Exp",Pi,"float32");var Di=me(r=>Math.expm1(r)),r3=Ce(iu,Di);var $i=me(r=>Math.floor(r)),a3=Ce(Gt,$i);var Mi=oe((r,t)=>Math.floor(r/t)),m3=ie(Ht,Mi,null,"int32");function Pl(r,t,e,o,n,s,i,a,u){let l=te([o,s],e);for(let c=0;c<o;c++){let p=[],m=0;for(let d=0;d<n;d++){let f=r[c*n+d];m+=f*i[d],p.push(f)}if(m<0||m>=u/s)throw new Error(`Invalid indices: ${p} does not index into ${a}`);for(let d=0;d<s;d++)l.values[c*s+d]=t.get(...t.indexToLoc(m*s+d))}return l}function Dl(r,t,e){let o=te(e,r.dtype);for(let n=0;n<o.size;++n){let i=o.indexToLoc(n).slice(),a=i[0],u=i[2],l=t.locToIndex([a,u]);i[2]=t.values[l];let c=r.locToIndex(i);0<=c&&c<r.values.length&&(o.values[n]=r.values[c])}return o}var Ni=oe((r,t)=>r>t?1:0),S3=ie(qt,Ni,null,"bool");var Bi=oe((r,t)=>r>=t?1:0),A3=ie(Kt,Bi,null,"bool");var Li=oe((r,t)=>r<t?1:0),F3=ie(jt,Li,null,"bool");var zi=oe((r,t)=>r<=t?1:0),N3=ie(Xt,zi,null,"bool");function $l(r,t,e){let o=(t-r)/(e-1),n=x.makeZerosTypedArray(e,"float32");n[0]=r;for(let s=1;s<n.length;s++)n[s]=n[s-1]+o;return n}var Oi=me(r=>Math.log(r)),V3=Ce("Log",Oi);function Ml(r,t,e,o){let n=x.getTypedArrayFromDType(o,x.sizeFromShape(e));for(let s=0;s<n.length;++s){let i=s*t,a=r[i];for(let u=0;u<t;++u){let l=r[i+u];(Number.isNaN(l)||l>a)&&(a=l)}n[s]=a}return n}var Ui=oe(((r,t)=>Math.max(r,t))),Y3=ie(Yt,Ui);var Wi=oe(((r,t)=>Math.min(r,t))),tF=ie(Qt,Wi);var xo=oe(((r,t)=>r*t)),hS=fr(((r,t,e,o)=>({real:r*e-t*o,imag:r*o+t*e}))),iF=ie(ot,xo,hS);function Nl(r,t,e){let o=x.createScalarValue(-1,e);return xo([],t,o,r,e)}var Vi=oe(((r,t)=>r!==t?1:0)),fF=ie(Zt,Vi,null,"bool");function Bl(r,t,e,o,n){let s=t.length,i=x.sizeFromShape(t),a=x.computeStrides(t),u=x.computeStrides(n),l=x.getTypedArrayFromDType(e,x.sizeFromShape(n));for(let c=0;c<i;++c){let p=x.indexToLoc(c,s,a),m=new Array(p.length);for(let f=0;f<m.length;f++)m[f]=p[o[f]];let d=x.locToIndex(m,s,u);l[d]=r[c]}return l}function Ll(r,t,e,o){let[n,s]=S.computeOutAndReduceShapes(r,o),i=Pe(t,"int32"),a=x.makeZerosTypedArray(x.sizeFromShape(n),i),u=x.sizeFromShape(s);for(let l=0;l<a.length;++l){let c=l*u,p=1;for(let m=0;m<u;++m)p*=e[c+m];a[l]=p}return{outVals:a,outShape:n,outDtype:i}}function gS(r,t,e){r.forEach((o,n)=>{if(o<0||o>=e){let s=x.indexToLoc(n,t.length,x.computeStrides(t)).join(",");throw new Error(`indices[${s}] = ${o} is not in [0, ${e})`)}})}function xS(r,t){for(let e=0;e<r.length;++e){let o=r[e],n=e===r.length-1?t:r[e+1].length;if(o.length===0)throw new Error("Ragged splits may not be empty");if(o[0]<0)throw new Error("Ragged splits must be non-negative");if(o[o.length-1]>n)throw new Error("Ragged splits must not point past values");for(let s=1;s<o.length;++s)if(o[s-1]>o[s])throw new Error("Ragged splits must be sorted in ascending order")}}function yS(r,t,e,o){let n=[],s=0,i=t.length-1+e.length,a=new Array(i).fill(null).map(()=>[0]);xS(e,o);let u=1;for(let l=0;l<t.length-1;++l){u*=t[l];let c=t[l+1];for(let p=1;p<u+1;++p)a[l].push(p*c)}for(let l=0;l<r.length;++l){let c=r[l],p=r[l]+1;for(let m=0;m<e.length;++m){let d=e[m],f=m+t.length-1;if(f>=0){let h=a[f],g=h[h.length-1]-d[c];for(let y=c;y<p;++y)a[f].push(d[y+1]+g)}c=d[c],p=d[p]}p!==c&&(n.push([c,p]),s+=p-c)}return{outSplits:a,valueSlices:n,numValues:s}}function wS(r){let t=[];for(let e=0;e<r.length;++e){let o=r[e].length,n=x.getArrayFromDType("int32",o);t.push(n),r[e].forEach((s,i)=>n[i]=s)}return t}function zl(r,t){let e=r.slice(0,t);for(;e.length<t;)e.push(1);for(let o=t;o<r.length;o++)e[t-1]*=r[o];return e}function bS(r,t,e,o,n,s){let i=zl(t,2)[1],a=zl(s,2)[1],u=0;for(let l of e)for(let c=l[0];c<l[1];++c){for(let p=0;p<o;++p)n[u*a+p]=r[c*i+p];++u}}function SS(r,t,e,o,n){let s=t.slice();s[0]=n;let i=x.getArrayFromDType(e,x.sizeFromShape(s)),a=r.length,u=a===0?0:a/t[0];return bS(r,t,o,u,i,s),[i,s]}function Ol(r,t,e,o,n,s,i,a){if(r.length===0)throw new Error("paramsNestedSplits must be non empty");if(t[0].length===0)throw new Error("Split tensors must not be scalars");let u=t[0][0]-1;if(gS(s,i,u),o.length===0)throw new Error("params.rank must be nonzero");let l=o[0],{outSplits:c,valueSlices:p,numValues:m}=yS(s,i,r,l),d=wS(c),f=SS(e,o,n,p,m);return[d,f[0],f[1]]}var Ul=2147483647;function Wl(r,t,e,o,n,s,i){if(t.length>1)throw new Error("starts must be a scalar or vector");if(n.length>1)throw new Error("limits must be a scalar or vector");if(i.length>1)throw new Error("deltas must be a scalar or vector");let a=t.length===0,u=n.length===0,l=i.length===0,c=[];a||c.push(t[0]),u||c.push(n[0]),l||c.push(i[0]);for(let g=1;g<c.length;++g)if(c[g]!==c[g-1])throw new Error("starts, limits, and deltas must have the same shape");let p=c.length===0?1:c[0],m=x.getArrayFromDType("int32",p+1);m[0]=0;for(let g=0;g<p;++g){let y=a?r[0]:r[g],w=u?o[0]:o[g],b=l?s[0]:s[g];if(b===0)throw new Error("Requires delta != 0");let I;if(b>0&&w<y||b<0&&w>y)I=0;else if(I=Math.ceil(Math.abs((w-y)/b)),I>Ul)throw new Error(`Requires ((limit - start) / delta) <= ${Ul}`);m[g+1]=m[g]+I}let d=m[p],f=x.getArrayFromDType(e,d),h=0;for(let g=0;g<p;++g){let y=m[g+1]-m[g],w=a?r[0]:r[g],b=l?s[0]:s[g];for(let I=0;I<y;++I)f[h++]=w,w+=b}return[m,f]}var Me=S.RowPartitionType,Gi=class r{constructor(t,e,o,n,s,i,a,u,l,c){this.shape=t,this.shapeShape=e,this.values=o,this.valuesShape=n,this.valuesDType=s,this.defaultValue=i,this.defaultValueShape=a,this.rowPartitionValues=u,this.rowPartitionValuesShapes=l,this.rowPartitionTypes=S.getRowPartitionTypesHelper(c),this.raggedRank=S.getRaggedRank(this.rowPartitionTypes)}getRowPartitionTypeByDimension(t){return this.rowPartitionTypes[0]===Me.FIRST_DIM_SIZE?this.rowPartitionTypes[t+1]:this.rowPartitionTypes[t]}getRowPartitionTensor(t){return this.rowPartitionTypes[0]===Me.FIRST_DIM_SIZE?this.rowPartitionValues[t+1]:this.rowPartitionValues[t]}getMaxWidth(t){let e=this.getRowPartitionTensor(t-1);switch(this.getRowPartitionTypeByDimension(t-1)){case Me.VALUE_ROWIDS:return r.getMaxWidthValueRowID(e);case Me.ROW_SPLITS:return r.getMaxWidthRowSplit(e);default:throw new Error(`Cannot handle partition type ${Me[this.getRowPartitionTypeByDimension(t-1)]}`)}}static getMaxWidthRowSplit(t){let e=t.length;if(e===0||e===1)return 0;let o=0;for(let n=0;n<e-1;++n){let s=t[n+1]-t[n];s>o&&(o=s)}return o}static getMaxWidthValueRowID(t){let e=t.length;if(e===0)return 0;let o=0,n=t[0],s=0;for(let i=1;i<e;++i){let a=t[i];a!==n&&(n=a,s=Math.max(i-o,s),o=i)}return Math.max(e-o,s)}tensorShapeFromTensor(t,e,o=!0){if(e.length===0){if(t[0]===-1)return[];throw new Error("The only valid scalar shape tensor is the fully unknown shape specified as -1.")}return Gl(t,o)}calculateOutputSize(t){let e=this.valuesShape,o=this.defaultValueShape;S.validateDefaultValueShape(o,e);let n=this.tensorShapeFromTensor(this.shape,this.shapeShape),i=S.combineRaggedTensorToTensorShapes(this.raggedRank,n,e);i[0]<0&&(i[0]=t);for(let a=1;a<=this.raggedRank;++a)i[a]<0&&(i[a]=this.getMaxWidth(a));return i}calculateFirstParentOutputIndex(t,e,o){let n=Math.min(t,o),s=[],i=0;for(let a=0;a<n;++a,i+=e)s.push(i);for(let a=n;a<t;++a)s.push(-1);return x.assert(s.length===t,()=>"Final length of result must be equal to firstDimension."),s}calculateOutputIndexRowSplit(t,e,o,n){let s=t.length,i=[];for(let a=0;a<s-1;++a){let u=t[a+1]-t[a],l=Math.min(n,u),c=e[a];c===-1&&(l=0);for(let p=0;p<l;++p)i.push(c),c+=o;for(let p=0;p<u-l;++p)i.push(-1)}if(s>0&&i.length!==t[s-1])throw new Error("Invalid row split size.");return i}calculateOutputIndexValueRowID(t,e,o,n){let s=t.length,i=[];if(s===0)return[];let a=0,u=t[0];if(u>=e.length)throw new Error(`Got currentValueRowId=${u}, which is not less than ${e.length}`);let l=e[u];i.push(l);for(let c=1;c<s;++c){let p=t[c];if(p===u)l>=0&&(++a,a<n?l+=o:l=-1);else{if(a=0,u=p,p>=e.length)throw new Error(`Got nextValueRowId=${p} which is not less than ${e.length}`);l=e[p]}i.push(l)}if(i.length!==t.length)throw new Error("Invalid row ids.");return i}calculateOutputIndex(t,e,o,n){let s=this.getRowPartitionTensor(t),i=this.getRowPartitionTypeByDimension(t);switch(i){case Me.VALUE_ROWIDS:return this.calculateOutputIndexValueRowID(s,e,o,n);case Me.ROW_SPLITS:if(s.length-1>e.length)throw new Error(`Row partition size is greater than output size: ${s.length-1} > ${e.length}`);return this.calculateOutputIndexRowSplit(s,e,o,n);default:throw new Error(`Unsupported partition type: ${Me[i]}`)}}getFirstDimensionSize(){let t=this.rowPartitionValues[0];if(this.rowPartitionTypes.length===0)throw new Error("No row_partition_types given.");let e=this.rowPartitionTypes[0];switch(e){case Me.FIRST_DIM_SIZE:return t[0];case Me.VALUE_ROWIDS:throw new Error("Cannot handle VALUE_ROWIDS in first dimension.");case Me.ROW_SPLITS:return this.rowPartitionValuesShapes[0][0]-1;default:throw new Error(`Cannot handle type ${Me[e]}`)}}compute(){if(this.rowPartitionValues[0].length<=0)throw new Error("Invalid first partition input. Tensor requires at least one element.");let e=this.getFirstDimensionSize(),o=this.calculateOutputSize(e),n=new Array(this.raggedRank+1);n[n.length-1]=1;for(let u=n.length-2;u>=0;--u)n[u]=n[u+1]*o[u+1];let s=Gl(o,!1),i=x.getArrayFromDType(this.valuesDType,x.sizeFromShape(s));if(n[0]*o[0]>0){let u=this.calculateFirstParentOutputIndex(e,n[0],o[0]);for(let l=1;l<=this.raggedRank;++l)u=this.calculateOutputIndex(l-1,u,n[l],o[l]);this.setOutput(this.raggedRank,u,i,s)}return[s,i]}setOutput(t,e,o,n){if(o.length===0)return;let s=this.values,i=o,a=n.slice();a=a.slice(t+1);let u=x.sizeFromShape(a),l=e.length,c=this.defaultValue;if(c.length!==u&&c.length!==1){let f=this.defaultValueShape;Eu(()=>{let h=kt(c,f);c=Si(h,a).dataSync()})}let p=0,m=0,d=0;for(let f=0;f<=l;++f){let h=f<l?e[f]:-1;if(h===d){++d;continue}if(m<d){let g=s.subarray(p*u),y=i.subarray(m*u),w=(d-m)*u;Vl(y,g,w)}if(f>=l){let g=o.length;h=Math.floor(g/u)}if(h>d)if(this.defaultValue.length===1)i.subarray(d*u,h*u).fill(this.defaultValue[0]),d=h;else for(;h>d;){let g=i.slice(d*u);Vl(g,c,u),++d}h<0?(p=f+1,m=d):(p=f,m=d,d=m+1)}}};function Vl(r,t,e){for(let o=0;o<e;o++)r[o]=t[o]}function Gl(r,t){let e=[];for(let o of r){if(o<0){if(!t)throw new Error(`Dimension ${o} must be >= 0`);if(o<-1)throw new Error(`Dimension ${o} must be >= -1`);o=-1}e.push(o)}return e}function Hl(r,t,e,o,n,s,i,a,u,l){return new Gi(r,t,e,o,n,s,i,a,u,l).compute()}function yo(r,t,e,o){let n=r===t,s=r<t&&e<0,i=t<r&&e>1;if(n||s||i)return x.makeZerosTypedArray(0,o);let a=Math.abs(Math.ceil((t-r)/e)),u=x.makeZerosTypedArray(a,o);t<r&&e===1&&(e=-1),u[0]=r;for(let l=1;l<u.length;l++)u[l]=u[l-1]+e;return u}var Hi=me(r=>1/Math.sqrt(r)),FF=Ce(or,Hi);function ql(r,t,e,o,n,s,i,a,u,l){let c=[o/n,n],p=r.values,m=t.values;if(o===0)return te(e,t.dtype);let d=u instanceof Ve?u:te(c,t.dtype);typeof u=="string"||typeof u=="number"?d.values.fill(u):typeof u=="boolean"&&d.values.fill(+u);for(let f=0;f<s;f++){let h=[],g=0;for(let y=0;y<i;y++){let w=p[f*i+y];h.push(w),g+=w*a[y]}if(g<0||g>=o/n)throw new Error(`Invalid indices: ${h} does not index into ${e}`);for(let y=0;y<n;y++)l?d.values[g*n+y]+=m[f*n+y]:d.values[g*n+y]=t.rank===0?m[0]:m[f*n+y]}return d}var Kl=me(r=>1/(1+Math.exp(-r))),LF=An(nt,r=>1/(1+Math.exp(-r)));function hr(r,t,e,o,n){let s=pe.isSliceContinous(o,t,e),i=x.sizeFromShape(e),a=x.computeStrides(o);if(s){let p=pe.computeFlatOffset(t,a);return n==="string"?r.slice(p,p+i):r.subarray(p,p+i)}let u=n==="string"?S.fromUint8ToStringArray(r):r,l=te(o,n,u),c=te(e,n);for(let p=0;p<c.size;++p){let m=c.indexToLoc(p),d=m.map((f,h)=>f+t[h]);c.set(l.get(...d),...m)}return n==="string"?S.fromStringArrayToUint8(c.values):c.values}function jl(r,t,e,o,n,s,i){let a=t[0],u=s[0],l=new Array(u),c=new Array(a),p=t[1];if(u===0){if(a!==0)throw new Error(S.getSparseFillEmptyRowsIndicesDenseShapeMismatch(a));let g=x.getArrayFromDType(e,0),y=x.getArrayFromDType(n,0);return[g,[0,p],y,l,c]}let m=!0,d=0,f=new Array(u).fill(0);for(let g=0;g<a;++g){let y=r[g*p];if(y<0)throw new Error(S.getSparseFillEmptyRowsNegativeIndexErrorMessage(g,y));if(y>=u)throw new Error(S.getSparseFillEmptyRowsOutOfRangeIndexErrorMessage(g,y,u));++f[y],m=m&&y>=d,d=y}let h=!0;for(let g=0;g<u;++g){let y=f[g]===0;l[g]=y,h=h&&!y,f[g]=Math.max(f[g],1),g>0&&(f[g]+=f[g-1])}if(h&&m){let g=r,y=o;for(let w=0;w<a;++w)c[w]=w;return[g,[a,p],y,l,c]}else{let g=f[u-1],y=x.getArrayFromDType(e,g*p),w=x.getArrayFromDType(n,g),b=new Array(u).fill(0);for(let I=0;I<a;++I){let C=r[I*p],k=b[C],A=(C===0?0:f[C-1])+k;b[C]++;for(let P=0;P<p;++P)y[A*p+P]=r[I*p+P];w[A]=o[I],c[I]=A}for(let I=0;I<u;++I)if(b[I]===0){let k=I===0?0:f[I-1];y[k*p+0]=I;for(let A=1;A<p;++A)y[k*p+A]=0;w[k]=i}return[y,[g,p],w,l,c]}}function Xl(r,t,e,o,n){let s=x.sizeFromShape(o),i=t[0],a=n.length,u=[],l=1,c=-1;for(let g=0;g<a;++g){let y=n[g];if(y===-1){if(c!==-1)throw new Error(S.getSparseReshapeMultipleNegativeOneOutputDimErrorMessage(c,g));c=g,u.push(1)}else{if(y<0)throw new Error(S.getSparseReshapeNegativeOutputDimErrorMessage(g,y));l*=y,u.push(y)}}if(c!==-1){if(l<=0)throw new Error(S.getSparseReshapeEmptyTensorZeroOutputDimErrorMessage());let g=Math.trunc(s/l);if(l*g!==s)throw new Error(S.getSparseReshapeInputOutputMultipleErrorMessage(o,u));u[c]=g}if(x.sizeFromShape(u)!==s)throw new Error(S.getSparseReshapeInputOutputMismatchErrorMessage(o,u));let m=o.length,d=[];if(m>0){d[m-1]=1;for(let g=m-2;g>=0;--g)d[g]=d[g+1]*o[g+1]}let f=[];if(a>0){f[a-1]=1;for(let g=a-2;g>=0;--g)f[g]=f[g+1]*u[g+1]}let h=x.getArrayFromDType(e,i*a);for(let g=0;g<i;++g){let y=0;for(let w=0;w<m;++w)y+=r[g*m+w]*d[w];for(let w=0;w<a;++w)h[g*a+w]=Math.trunc(y/f[w]),y%=f[w]}return[h,[i,a],u]}function Yl(r,t,e,o,n,s=!1,i=0){let a=o.length,u=[t[0],r.length/t[0]],l=u[1],p=a>0?n[a-1]+1:0;if(p<0)throw new Error(S.getSparseSegmentReductionNegativeSegmentIdsErrorMessage());let m=t.slice();m[0]=p;let d=m.reduce((b,I)=>b*I,1),f=x.getArrayFromDType(e,d);if(a===0)return p>0&&f.fill(i),[f,m];if(p<=0)throw new Error(S.getSparseSegmentReductionNegativeSegmentIdsErrorMessage());let h=0,g=1,y=0,w=n[h];for(;;){let b=0;if(g<a){if(b=n[g],w===b){++g;continue}if(w>=b)throw new Error(S.getSparseSegmentReductionNonIncreasingSegmentIdsErrorMessage())}if(w<0||w>=p)throw new Error(S.getSparseSegmentReductionSegmentIdOutOfRangeErrorMessage(w,p));w>y&&f.fill(i,y*l,w*l);for(let I=h;I<g;++I){let C=o[I];if(C<0||C>=u[0])throw new Error(S.getSparseSegmentReductionIndicesOutOfRangeErrorMessage(I,o[I],u[0]));for(let k=0;k<l;k++)f[w*l+k]+=r[C*l+k]}if(s)for(let I=0;I<l;I++)f[w*l+I]/=g-h;if(h=g,++g,y=w+1,w=b,g>a)break}return y<p&&f.fill(i,y*l,p*l),[f,m]}var Ql=me(r=>Math.sqrt(r)),QF=An(nr,r=>Math.sqrt(r));var qi=oe(((r,t)=>{let e=r-t;return e*e})),rP=ie(sr,qi);var Ki=me((r,t)=>{let{pattern:e,replaceGlobal:o,rewrite:n}=t;return r.replace(new RegExp(e,o?"g":""),n)}),aP=Ce(au,Ki);function Zl(r,t,e,o){let n=te(r,t.dtype);for(let s=0;s<n.size;s++){let i=n.indexToLoc(s),a=new Array(i.length);for(let u=0;u<a.length;u++)a[u]=i[u]*e[u]+o[u];n.set(t.get(...a),...i)}return n}var ji=class{constructor(t,e,o,n,s,i){this.separator=x.encodeString(t),this.nGramWidths=e,this.leftPad=x.encodeString(o),this.rightPad=x.encodeString(n),this.padWidth=s,this.preserveShort=i}getPadWidth(t){return Math.min(this.padWidth<0?t-1:this.padWidth,t-1)}getNumNGrams(t,e){let o=this.getPadWidth(e);return Math.max(0,t+2*o-e+1)}createNGrams(t,e,o,n,s,i){for(let a=0;a<s;++a){let u=this.getPadWidth(i),l=Math.max(0,u-a),c=Math.max(0,u-(s-(a+1))),p=i-(l+c),m=e+(l>0?0:a-u),d=0;d+=l*this.leftPad.length;for(let w=0;w<p;++w)d+=t[m+w].length;d+=c*this.rightPad.length;let f=l+c+p-1;d+=f*this.separator.length,o[n+a]=new Uint8Array(d);let h=o[n+a],g=0,y=w=>w.forEach(b=>h[g++]=b);for(let w=0;w<l;++w)y(this.leftPad),y(this.separator);for(let w=0;w<p-1;++w)y(t[m+w]),y(this.separator);if(p>0){y(t[m+p-1]);for(let w=0;w<c;++w)y(this.separator),y(this.rightPad)}else{for(let w=0;w<c-1;++w)y(this.rightPad),y(this.separator);y(this.rightPad)}}}compute(t,e){let o=t.length,n=e.length;if(n>0){let u=e[0];if(u!==0)throw new Error(`First split value must be 0, got ${u}`);for(let l=1;l<n;++l){let c=e[l]>=u;if(c=c&&e[l]<=o,!c)throw new Error(`Invalid split value ${e[l]}, must be in [${u}, ${o}]`);u=e[l]}if(u!==o)throw new Error(`Last split value must be data size. Expected ${o}, got ${u}`)}let s=n-1,i=x.getArrayFromDType("int32",n);if(o===0||n===0){let u=new Array(o);for(let l=0;l<=s;++l)i[l]=0;return[u,i]}i[0]=0;for(let u=1;u<=s;++u){let l=e[u]-e[u-1],c=0;this.nGramWidths.forEach(p=>{c+=this.getNumNGrams(l,p)}),this.preserveShort&&l>0&&c===0&&(c=1),i[u]=i[u-1]+c}let a=new Array(i[s]);for(let u=0;u<s;++u){let l=e[u],c=i[u];if(this.nGramWidths.forEach(p=>{let m=e[u+1]-e[u],d=this.getNumNGrams(m,p);this.createNGrams(t,l,a,c,d,p),c+=d}),this.preserveShort&&c===i[u]){let p=e[u+1]-e[u];if(p===0)continue;let m=p+2*this.padWidth;this.createNGrams(t,l,a,c,1,m)}}return[a,i]}};function Jl(r,t,e,o,n,s,i,a){return new ji(e,o,n,s,i,a).compute(r,t)}function IS(r,t,e,o){if(!r.length)return;if(t.length===0){for(let s=0;s<r.length;++s)o.push(r.subarray(s,s+1));return}if(t.length===1){let s=t[0],i=r.indexOf(s);for(;i!==-1;){let a=r.subarray(0,i);(!e||a.length!==0)&&o.push(a),r=r.subarray(i+1),i=r.indexOf(s)}(!e||r.length!==0)&&o.push(r);return}let n=0;for(let s=0;s<r.length+1;s++)if(s===r.length||t.indexOf(r[s])!==-1){let i=r.subarray(n,s);(!e||i.length!==0)&&o.push(i),n=s+1}}function ec(r,t,e){let o=r.length,n=[],s=0,i=0,a=new Array(o);for(let m=0;m<o;++m){let d=n.length;IS(r[m],t,e,n);let f=n.length-d;a[m]=f,s+=f,i=Math.max(i,f)}let u=x.getArrayFromDType("int32",s*2),l=new Array(s),c=[o,i],p=0;for(let m=0;m<o;++m)for(let d=0;d<a[m];++d)u[p*2]=m,u[p*2+1]=d,l[p]=n[p],++p;return[u,l,c]}function tc(r,t){let e=x.getArrayFromDType("int32",r.length);for(let o=0;o<r.length;++o)e[o]=x.fingerPrint64(r[o]).modulo(t).getLowBitsUnsigned();return e}var Xi=oe(((r,t)=>r-t)),CS=fr(((r,t,e,o)=>({real:r-e,imag:t-o}))),bP=ie("Sub",Xi,CS);function rc(r,t){let e=new Array(r.rank);for(let n=0;n<e.length;n++)e[n]=r.shape[n]*t[n];let o=te(e,r.dtype);for(let n=0;n<o.values.length;++n){let s=o.indexToLoc(n),i=new Array(r.rank);for(let u=0;u<i.length;u++)i[u]=s[u]%r.shape[u];let a=r.locToIndex(i);o.values[n]=r.values[a]}return o}var bo=(r,t)=>{let e=t.value-r.value;return e===0?r.index-t.index:e};function oc(r,t,e=0,o=r.length-1){for(;o>e;){if(o-e>600){let a=o-e+1,u=t-e+1,l=Math.log(a),c=.5*Math.exp(2*l/3),p=.5*Math.sqrt(l*c*(a-c)/a)*Math.sign(u-a/2),m=Math.max(e,Math.floor(t-u*c/a+p)),d=Math.min(o,Math.floor(t+(a-u)*c/a+p));oc(r,t,m,d)}let n=r[t],s=e,i=o;for(x.swap(r,e,t),bo(r[o],n)>0&&x.swap(r,e,o);s<i;){for(x.swap(r,s,i),s++,i--;bo(r[s],n)<0;)s=s+1;for(;bo(r[i],n)>0;)i=i-1}bo(r[e],n)===0?x.swap(r,e,i):(i=i+1,x.swap(r,i,o)),i<=t&&(e=i+1),t<=i&&(o=i-1)}}function nc(r,t,e,o,n){let s=t[t.length-1],[i,a]=[r.length/s,s],u=x.getTypedArrayFromDType(e,i*o),l=x.getTypedArrayFromDType("int32",i*o);for(let p=0;p<i;p++){let m=p*a,d=r.subarray(m,m+a),f=new Array(d.length);d.forEach((w,b)=>f[b]={value:w,index:b}),o<f.length&&(oc(f,o),f=f.slice(0,o)),n&&f.sort(bo);let h=p*o,g=u.subarray(h,h+o),y=l.subarray(h,h+o);for(let w=0;w<o;w++)g[w]=f[w].value,y[w]=f[w].index}let c=t.slice();return c[c.length-1]=o,[te(c,e,u),te(c,"int32",l)]}function sc(r,t,e,o){let n=x.parseAxisParam(t,e)[0],s=[1,e[0],1];for(let f=0;f<n;f++)s[0]*=e[f];s[1]=e[n];for(let f=n+1;f<e.length;f++)s[2]*=e[f];let i=new Map,a=new Int32Array(e[n]),u=new Ve(s,o,r),l=[],c=s[0]===1&&s[2]===1;for(let f=0;f<e[n];f++){let h;if(c)h=r[f].toString();else{let y=[];for(let w=0;w<s[0];w++)for(let b=0;b<s[2];b++)y.push(u.get(w,f,b));h=y.join(",")}let g=i.get(h);if(g!=null)a[f]=g;else{let y=i.size;i.set(h,y),a[f]=y,l.push(f)}}let p=s.slice();p[1]=i.size;let m=new Ve(p,o);l.forEach((f,h)=>{for(let g=0;g<s[0];g++)for(let y=0;y<s[2];y++)m.set(u.get(g,f,y),g,h,y)});let d=e.slice();return d[n]=p[1],{outputValues:m.values,outputShape:d,indices:a}}function Qi(r){let{inputs:t,backend:e}=r,o=x.parseAxisParam(r.attrs.axis,t[0].shape)[0],n=t.map(d=>d.shape);S.assertParamsConsistent(n,o);let s=S.computeOutShape(t.map(d=>d.shape),o),i=t.filter(d=>x.sizeFromShape(d.shape)>0);if(i.length===1)return mr({inputs:{x:i[0]},backend:e});let a=e.makeOutput(s,t[0].dtype);if(x.sizeFromShape(s)===0)return a;if(i[0].dtype==="string"){let d=i.map(b=>{let C=[-1,x.sizeFromShape(b.shape.slice(o))];return xe({inputs:{x:b},backend:e,attrs:{shape:C}})}),f=d.map(b=>({vals:e.readSync(b.dataId),shape:b.shape}));s=S.computeOutShape(d.map(b=>b.shape),1);let h=d[0].shape[0]===1,g=fo(f,s,t[0].dtype,h),y=S.computeOutShape(i.map(b=>b.shape),o);a.shape=y;let w=e.dataIdMap.get(a.dataId);return w.stringBytes=S.fromStringArrayToUint8(g),d.forEach(b=>e.disposeData(b.dataId)),a}let u=x.sizeFromShape(i[0].shape.slice(0,o)),l=0,c=i.map(d=>{let f=x.sizeFromShape(d.shape.slice(o));return l+=f,f}),p=i.map(d=>e.typedArrayFromHeap(d)),m=e.typedArrayFromHeap(a);for(let d=0;d<u;d++){let f=d*l;for(let h=0;h<p.length;h++){let g=c[h],y=d*g,w=p[h].subarray(y,y+g);m.set(w,f),f+=g}}return a}var ic={kernelName:Go,backendName:"wasm",kernelFunc:Qi};var ac;function vS(r){ac=r.wasm.cwrap(Lr,null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function kS(r){let{inputs:t,attrs:e,backend:o}=r,{x:n,filter:s}=t,i=o.dataIdMap.get(n.dataId).id,a=o.dataIdMap.get(s.dataId).id,{strides:u,dilations:l,pad:c,dimRoundingMode:p,dataFormat:m}=e,d=S.convertConv2DDataFormat(m),f=S.computeConv2DInfo(n.shape,s.shape,u,l,c,p,!1,d),h=f.filterHeight,g=f.filterWidth,y=f.padInfo.top,w=f.padInfo.right,b=f.padInfo.bottom,I=f.padInfo.left,C=f.dilationHeight,k=f.dilationWidth,A=f.strideHeight,P=f.strideWidth,_=f.inChannels,O=f.outChannels,N=f.padInfo.type==="SAME"?1:0;if(f.dataFormat!=="channelsLast")throw new Error(`wasm backend Conv2D does not support dataFormat:'${f.dataFormat}'. Please use 'channelsLast'.`);let U=o.makeOutput(f.outShape,"float32"),H=o.dataIdMap.get(U.dataId).id;return ac(i,n.shape[0],n.shape[1],n.shape[2],a,h,g,y,w,b,I,N,C,k,A,P,_,O,H),U}var uc={kernelName:Lr,backendName:"wasm",setupFunc:vS,kernelFunc:kS};var lc;function AS(r){lc=r.wasm.cwrap(zr,null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function RS(r){let{backend:t,inputs:e,attrs:o}=r,{dy:n,filter:s}=e,{strides:i,pad:a,dataFormat:u,dimRoundingMode:l,inputShape:c}=o,p=1,m=S.convertConv2DDataFormat(u),d=S.computeConv2DInfo(c,s.shape,i,p,a,l,!1,m),{batchSize:f,filterHeight:h,filterWidth:g,inChannels:y,inHeight:w,inWidth:b,outChannels:I,outHeight:C,outWidth:k,strideHeight:A,strideWidth:P}=d,_=h-1-d.padInfo.top,O=g-1-d.padInfo.left,N=d.dataFormat==="channelsLast",U=x.computeStrides(d.inShape),H=x.computeStrides(n.shape),[X,Z,ne]=x.computeStrides(s.shape),Ue=U[0],ve=N?U[1]:U[2],Te=N?U[2]:1,ye=N?1:U[1],Fe=H[0],be=N?H[1]:H[2],ge=N?H[2]:1,Er=N?1:H[1],_r=t.makeOutput(d.inShape,"float32"),Dt=t.dataIdMap.get(_r.dataId).id,Ms=t.dataIdMap.get(n.dataId).id,Ns=t.dataIdMap.get(s.dataId).id;return lc(Ms,Ns,f,h,g,w,b,y,C,k,I,A,P,_,O,X,Z,ne,Ue,ve,Te,ye,Fe,be,ge,Er,Dt),_r}var cc={kernelName:zr,backendName:"wasm",setupFunc:AS,kernelFunc:RS};var pc=G("Cos");var mc;function ES(r){mc=r.wasm.cwrap(Or,null,["number","number","number","array","number","array","array","number","number"])}function _S(r){let{backend:t,inputs:e,attrs:o}=r,{x:n}=e,{blockSize:s,dataFormat:i}=o,a=n.shape[0],u=i==="NHWC"?n.shape[1]:n.shape[2],l=i==="NHWC"?n.shape[2]:n.shape[3],c=i==="NHWC"?n.shape[3]:n.shape[1],p=u*s,m=l*s,d=c/(s*s),f=i==="NHWC"?[a,p,m,d]:[a,d,p,m],h=t.makeOutput(f,"float32"),y=t.dataIdMap.get(n.dataId).id,w=new Uint8Array(new Int32Array(x.computeStrides(n.shape)).buffer),b=new Uint8Array(new Int32Array(f).buffer),I=new Uint8Array(new Int32Array(x.computeStrides(f)).buffer),C=t.dataIdMap.get(h.dataId).id;return mc(y,s,i==="NHWC"?1:0,w,n.shape.length-1,b,I,f.length,C),h}var dc={kernelName:Or,backendName:"wasm",setupFunc:ES,kernelFunc:_S};var fc;function TS(r){fc=r.wasm.cwrap(Ur,null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function FS(r){let{inputs:t,attrs:e,backend:o}=r,{x:n,filter:s}=t,i=o.dataIdMap.get(n.dataId).id,a=o.dataIdMap.get(s.dataId).id,{strides:u,dilations:l,pad:c,dimRoundingMode:p}=e,m=l??[1,1],d=S.computeConv2DInfo(n.shape,s.shape,u,m,c,p,!0),f=d.filterHeight,h=d.filterWidth,g=d.padInfo.top,y=d.padInfo.right,w=d.padInfo.bottom,b=d.padInfo.left,I=d.dilationHeight,C=d.dilationWidth,k=d.strideHeight,A=d.strideWidth,P=d.inChannels,_=d.outChannels,O=d.padInfo.type==="SAME"?1:0;if(d.dataFormat!=="channelsLast")throw new Error(`wasm backend DepthwiseConv2dNative does not support dataFormat:'${d.dataFormat}'. Please use 'channelsLast'.`);let N=o.makeOutput(d.outShape,"float32"),U=o.dataIdMap.get(N.dataId).id;return fc(i,n.shape[0],n.shape[1],n.shape[2],a,f,h,g,y,w,b,O,I,C,k,A,P,_,U),N}var hc={kernelName:Ur,backendName:"wasm",setupFunc:TS,kernelFunc:FS};var gc=G("Elu");var PS=!1,xc=Y(Vt,PS,"bool");var yc=G("Erf");var wc=G("Exp","float32");function ea(r){let{attrs:{shape:t,value:e},backend:o}=r,{attrs:{dtype:n}}=r;n=n||x.inferDtype(e);let s=o.makeOutput(t,n);return o.typedArrayFromHeap(s).fill(e),s}var bc={kernelName:qo,backendName:"wasm",kernelFunc:ea};var Sc=G(Gt);var DS=!1,Ic=Y(Ht,DS);var Cc;function $S(r){Cc=r.wasm.cwrap(eo,null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function MS(r){let{inputs:t,attrs:e,backend:o}=r,{x:n,filter:s,bias:i,preluActivationWeights:a}=t,{strides:u,pad:l,dilations:c,dataFormat:p,dimRoundingMode:m,activation:d,leakyreluAlpha:f}=e,h=S.computeConv2DInfo(n.shape,s.shape,u,c,l,m),g=pr[d];if(g==null)throw new Error(`${d} activation not yet supported for FusedConv2D in the wasm backend.`);let y=o.dataIdMap.get(n.dataId).id,w=o.dataIdMap.get(s.dataId).id,b=h.outChannels,I=0;if(i!=null){let ge=o.dataIdMap.get(i.dataId);if(ge.shape.length!==1)throw new Error(`FusedConv2D only supports rank-1 bias but got rank ${ge.shape.length}.`);if(ge.shape[0]!==b)throw new Error(`FusedConv2D bias shape (${ge.shape}) does not match the number of output channels (${b})`);I=ge.id}let C=h.filterHeight,k=h.filterWidth,A=h.padInfo.top,P=h.padInfo.right,_=h.padInfo.bottom,O=h.padInfo.left,N=h.dilationHeight,U=h.dilationWidth,H=h.strideHeight,X=h.strideWidth,Z=h.inChannels,ne=h.padInfo.type==="SAME"?1:0,Ue=h.batchSize,ve=h.inHeight,Te=h.inWidth;if(p!=="NHWC")throw new Error(`wasm backend FusedConv2D does not support dataFormat:'${p}'. Please use 'NHWC'.`);let ye=o.makeOutput(h.outShape,"float32"),Fe=o.dataIdMap.get(ye.dataId).id,be=a==null?0:o.dataIdMap.get(a.dataId).id;return Cc(y,Ue,ve,Te,w,C,k,I,A,P,_,O,ne,N,U,H,X,Z,b,g,be,f||0,Fe),ye}var vc={kernelName:eo,backendName:"wasm",setupFunc:$S,kernelFunc:MS};var kc;function NS(r){kc=r.wasm.cwrap(to,null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function BS(r){let{inputs:t,attrs:e,backend:o}=r,{x:n,filter:s,bias:i,preluActivationWeights:a}=t,{strides:u,pad:l,dilations:c,dataFormat:p,dimRoundingMode:m,activation:d,leakyreluAlpha:f}=e,h=S.computeConv2DInfo(n.shape,s.shape,u,c,l,m,!0),g=pr[d];if(g==null)throw new Error(`${d} activation not yet supported for FusedDepthwiseConv2D in the wasm backend.`);let y=o.dataIdMap.get(n.dataId).id,w=o.dataIdMap.get(s.dataId).id,b=h.outChannels,I=0;if(i!=null){let ge=o.dataIdMap.get(i.dataId);if(ge.shape.length!==1)throw new Error(`FusedDepthwiseConv2D only supports rank-1 bias but got rank ${ge.shape.length}.`);if(ge.shape[0]!==b)throw new Error(`FusedDepthwiseConv2D bias shape (${ge.shape}) does not match the number of output channels (${b})`);I=ge.id}let C=h.filterHeight,k=h.filterWidth,A=h.padInfo.top,P=h.padInfo.right,_=h.padInfo.bottom,O=h.padInfo.left,N=h.dilationHeight,U=h.dilationWidth,H=h.strideHeight,X=h.strideWidth,Z=h.inChannels,ne=h.padInfo.type==="SAME"?1:0,Ue=h.batchSize,ve=h.inHeight,Te=h.inWidth;if(p!=="NHWC")throw new Error(`wasm backend FusedDepthwiseConv2D does not support dataFormat:'${p}'. Please use 'NHWC'.`);let ye=o.makeOutput(h.outShape,"float32"),Fe=o.dataIdMap.get(ye.dataId).id,be=a==null?0:o.dataIdMap.get(a.dataId).id;return kc(y,Ue,ve,Te,w,C,k,I,A,P,_,O,ne,N,U,H,X,Z,b,g,be,f||0,Fe),ye}var Ac={kernelName:to,backendName:"wasm",setupFunc:NS,kernelFunc:BS};var Rc;function LS(r){Rc=r.wasm.cwrap("Gather",null,["number","number","array","number","number","number","array","number"])}function zS(r){let{backend:t,inputs:e,attrs:o}=r,{x:n,indices:s}=e,{axis:i,batchDims:a}=o,u=x.parseAxisParam(i,n.shape)[0],l=t.readSync(s.dataId),c=n.shape[u];for(let _=0;_<l.length;++_){let O=l[_];x.assert(O<=c-1&&O>=0,()=>`GatherV2: the index value ${O} is not in [0, ${c-1}]`)}let p=S.segment_util.collectGatherOpShapeInfo(n,s,u,a),m=xe({inputs:{x:n},attrs:{shape:[p.batchSize,p.outerSize,p.dimSize,p.sliceSize]},backend:t}),d=x.sizeFromShape(s.shape),f=xe({inputs:{x:s},attrs:{shape:[p.batchSize,d/p.batchSize]},backend:t}),h=[p.batchSize,p.outerSize,d/p.batchSize,p.sliceSize],g=t.makeOutput(h,n.dtype);if(x.sizeFromShape(n.shape)===0)return g;let y=m.shape.length-1,b=t.dataIdMap.get(m.dataId).id,C=t.dataIdMap.get(f.dataId).id,k=t.dataIdMap.get(g.dataId).id,A=new Uint8Array(new Int32Array(x.computeStrides(m.shape)).buffer),P=new Uint8Array(new Int32Array(x.computeStrides(h)).buffer);return Rc(b,re[n.dtype],A,y,C,p.batchSize,P,k),t.disposeData(m.dataId),t.disposeData(f.dataId),g.shape=p.outputShape,g}var Ec={kernelName:Ko,backendName:"wasm",setupFunc:LS,kernelFunc:zS};var OS=!1,_c=Y(qt,OS,"bool");var US=!1,Tc=Y(Kt,US,"bool");var Fc;function WS(r){Fc=r.wasm.cwrap(xt,null,["number","number","number","number"])}function VS(r){let{inputs:{x:t},attrs:{alpha:e},backend:o}=r,n=o.dataIdMap.get(t.dataId).id,s=o.makeOutput(t.shape,"float32");if(x.sizeFromShape(t.shape)!==0){let i=o.dataIdMap.get(s.dataId).id;Fc(n,re[t.dtype],e,i)}return s}var Pc={kernelName:xt,backendName:"wasm",setupFunc:WS,kernelFunc:VS};var GS=!1,Dc=Y(jt,GS,"bool");var HS=!1,$c=Y(Xt,HS,"bool");var Mc=G("Log");var qS=!1,Nc=Y(jo,qS,"bool");var Bc=G(Xo);var Lc;function KS(r){Lc=r.wasm.cwrap("Max",null,["number","number","number","number"])}function jS(r){let{backend:t,inputs:e,attrs:o}=r,{reductionIndices:n,keepDims:s}=o,{x:i}=e,u=t.dataIdMap.get(i.dataId).id,l=i,{transposed:c,axes:p,originalAxes:m,inputWasTransposed:d}=$e(i,n,t);if(d){let b=t.dataIdMap.get(c.dataId).id;l=c,u=b}let f=l.shape.length;S.assertAxesAreInnerMostDims("max",p,f);let[h,g]=S.computeOutAndReduceShapes(l.shape,p),y=x.sizeFromShape(g),w=t.makeOutput(h,i.dtype);if(x.sizeFromShape(l.shape)!==0){let b=t.dataIdMap.get(w.dataId).id;Lc(u,re[i.dtype],y,b)}if(d&&t.disposeData(c.dataId),s){let b=S.expandShapeToKeepDim(w.shape,m);w.shape=b}return w}var zc={kernelName:"Max",backendName:"wasm",setupFunc:KS,kernelFunc:jS};var Oc;function XS(r){Oc=r.wasm.cwrap(Wr,null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function YS(r){let{inputs:t,attrs:e,backend:o}=r,n=t.x,s=o.dataIdMap.get(n.dataId).id;x.assert(n.dtype==="float32",()=>`Error in MaxPool: only float32 input is supported. Got ${n.dtype}.`);let{filterSize:i,strides:a,pad:u,dimRoundingMode:l}=e,c=S.computePool2DInfo(n.shape,i,a,1,u,l),p=c.filterHeight,m=c.filterWidth,d=c.padInfo.top,f=c.padInfo.right,h=c.padInfo.bottom,g=c.padInfo.left,y=c.dilationHeight,w=c.dilationWidth,b=c.strideHeight,I=c.strideWidth,C=c.inChannels,k=c.outChannels;if(c.dataFormat!=="channelsLast")throw new Error(`wasm backend does not support dataFormat:'${c.dataFormat}'. Please use 'channelsLast'.`);let A=o.makeOutput(c.outShape,"float32"),P=o.dataIdMap.get(A.dataId).id;return Oc(s,n.shape[0],n.shape[1],n.shape[2],p,m,d,f,h,g,y,w,b,I,C,k,P),A}var Uc={kernelName:Wr,backendName:"wasm",setupFunc:XS,kernelFunc:YS};var QS=!1,Wc=Y(Yt,QS);var Vc;function ZS(r){Vc=r.wasm.cwrap(Vr,null,["number, number, number"])}function JS(r){let{backend:t,inputs:e,attrs:o}=r,{axis:n,keepDims:s}=o,{x:i}=e,a=t.dataIdMap.get(i.dataId).id,u=a,l=i,{transposed:c,axes:p,originalAxes:m,inputWasTransposed:d}=$e(i,n,t),f=p;if(d){let I=t.dataIdMap.get(c.dataId).id;I!==a&&(l=c,u=I,f=S.getInnerMostAxes(f.length,l.shape.length))}S.assertAxesAreInnerMostDims("mean",f,l.shape.length);let[h,g]=S.computeOutAndReduceShapes(l.shape,f),y=x.sizeFromShape(g),w=l;l.dtype!=="float32"&&(w=et({backend:t,inputs:{x:l},attrs:{dtype:"float32"}}),u=t.dataIdMap.get(w.dataId).id);let b=t.makeOutput(h,"float32");if(x.sizeFromShape(l.shape)!==0){let I=t.dataIdMap.get(b.dataId).id;Vc(u,y,I)}if(d&&t.disposeData(c.dataId),s){let I=S.expandShapeToKeepDim(b.shape,m);b.shape=I}return l.dtype!=="float32"&&t.disposeData(w.dataId),b}var Gc={kernelName:Vr,backendName:"wasm",setupFunc:ZS,kernelFunc:JS};var Hc;function eI(r){Hc=r.wasm.cwrap("Min",null,["number","number","number","number"])}function tI(r){let{backend:t,inputs:e,attrs:o}=r,{axis:n,keepDims:s}=o,{x:i}=e,a=t.dataIdMap.get(i.dataId).id,u=a,l=i,{transposed:c,axes:p,originalAxes:m,inputWasTransposed:d}=$e(i,n,t);if(d){let b=t.dataIdMap.get(c.dataId).id;b!==a&&(l=c,u=b)}let f=l.shape.length;S.assertAxesAreInnerMostDims("min",p,f);let[h,g]=S.computeOutAndReduceShapes(l.shape,p),y=x.sizeFromShape(g),w=t.makeOutput(h,l.dtype);if(x.sizeFromShape(l.shape)!==0){let b=t.dataIdMap.get(w.dataId).id;Hc(u,re[i.dtype],y,b)}if(d&&t.disposeData(c.dataId),s){let b=S.expandShapeToKeepDim(w.shape,m);w.shape=b}return w}var qc={kernelName:"Min",backendName:"wasm",setupFunc:eI,kernelFunc:tI};var rI=!1,Kc=Y(Qt,rI);var ta;(function(r){r[r.reflect=0]="reflect",r[r.symmetric=1]="symmetric"})(ta||(ta={}));var jc;function oI(r){jc=r.wasm.cwrap(Gr,null,["number","array","number","number","array","array","number","number"])}function nI(r){let{inputs:{x:t},backend:e,attrs:{paddings:o,mode:n}}=r,s=o.map((f,h)=>f[0]+t.shape[h]+f[1]),i=e.dataIdMap.get(t.dataId).id,a=e.makeOutput(s,t.dtype),u=e.dataIdMap.get(a.dataId).id,l=new Uint8Array(new Int32Array(t.shape).buffer),c=o.map(f=>f[0]),p=o.map(f=>f[1]),m=new Uint8Array(new Int32Array(c).buffer),d=new Uint8Array(new Int32Array(p).buffer);return jc(i,l,t.shape.length,re[t.dtype],m,d,ta[n],u),a}var Xc={kernelName:Gr,backendName:"wasm",kernelFunc:nI,setupFunc:oI};var Yc=Y("Mod",!0);var sI=!0,Qc=Y(ot,sI);var Zc=G("Neg");var iI=!1,Jc=Y(Zt,iI,"bool");function oa(r){let{inputs:t,attrs:e,backend:o}=r,{input:n}=t,{dim:s}=e,i=n.shape.length,a=n.shape.slice(),u=s;return s<0&&(x.assert(-(i+1)<=s,()=>`Axis must be in the interval [${-(i+1)}, ${i}]`),u=i+s+1),a.splice(u,0,1),xe({inputs:{x:n},backend:o,attrs:{shape:a}})}function uI(r){let{inputs:t,backend:e,attrs:o}=r,{axis:n}=o;if(t.length===1)return oa({inputs:{input:t[0]},backend:e,attrs:{dim:n}});let s=t[0].shape,i=t[0].dtype;t.forEach(c=>{x.assertShapesMatch(s,c.shape,"All tensors passed to stack must have matching shapes"),x.assert(i===c.dtype,()=>"All tensors passed to stack must have matching dtypes")});let a=[],u=t.map(c=>{let p=oa({inputs:{input:c},backend:e,attrs:{dim:n}});return a.push(p),p}),l=Qi({inputs:u,backend:e,attrs:{axis:n}});return a.forEach(c=>e.disposeData(c.dataId)),l}var ep={kernelName:Yo,backendName:"wasm",kernelFunc:uI};var tp;function lI(r){tp=r.wasm.cwrap(Hr,null,["number","array","number","number","array","array","number","number"])}function cI(r){let{inputs:{x:t},backend:e,attrs:{paddings:o,constantValue:n}}=r,s=o.map((h,g)=>h[0]+t.shape[g]+h[1]);if(x.sizeFromShape(t.shape)===0)return ea({backend:e,attrs:{shape:s,value:n,dtype:t.dtype}});let i=e.dataIdMap.get(t.dataId).id,a=e.makeOutput(s,t.dtype),l=e.dataIdMap.get(a.dataId).id,c=new Uint8Array(new Int32Array(t.shape).buffer),p=o.map(h=>h[0]),m=o.map(h=>h[1]),d=new Uint8Array(new Int32Array(p).buffer),f=new Uint8Array(new Int32Array(m).buffer);return tp(i,c,t.shape.length,re[t.dtype],d,f,n,l),a}var rp={kernelName:Hr,backendName:"wasm",kernelFunc:cI,setupFunc:lI};var pI=!1,op=Y("Pow",pI);var np;function mI(r){np=r.wasm.cwrap(yt,null,["number","number","number"])}function dI(r){let{inputs:t,backend:e}=r,{x:o,alpha:n}=t,s=e.dataIdMap.get(o.dataId).id,i=e.dataIdMap.get(n.dataId).id,a=s,u=o,l=u;u.dtype!=="float32"&&(l=et({backend:e,inputs:{x:o},attrs:{dtype:"float32"}}),a=e.dataIdMap.get(l.dataId).id);let c=e.makeOutput(o.shape,"float32"),p=e.dataIdMap.get(c.dataId).id;return np(a,i,p),u.dtype!=="float32"&&e.disposeData(l.dataId),c}var sp={kernelName:yt,backendName:"wasm",setupFunc:mI,kernelFunc:dI};var ip;function fI(r){ip=r.wasm.cwrap(Jt,null,["number","number","number","number"])}function hI(r){let{backend:t,inputs:e,attrs:o}=r,{axis:n,keepDims:s}=o,{x:i}=e,a=t.dataIdMap.get(i.dataId).id,u=a,l=i,{transposed:c,axes:p,originalAxes:m,inputWasTransposed:d}=$e(i,n,t),f=p;if(d){let b=t.dataIdMap.get(c.dataId).id;b!==a&&(l=c,u=b,f=S.getInnerMostAxes(f.length,l.shape.length))}S.assertAxesAreInnerMostDims("prod",f,l.shape.length);let[h,g]=S.computeOutAndReduceShapes(l.shape,f),y=x.sizeFromShape(g),w=t.makeOutput(h,l.dtype);if(x.sizeFromShape(l.shape)!==0){let b=t.dataIdMap.get(w.dataId).id;ip(u,y,re[w.dtype],b)}if(d&&t.disposeData(c.dataId),s){let b=S.expandShapeToKeepDim(w.shape,m);w.shape=b}return w}var ap={kernelName:Jt,backendName:"wasm",setupFunc:fI,kernelFunc:hI};var gI=r=>{let{backend:t,attrs:e}=r,{start:o,stop:n,step:s,dtype:i}=e,a=yo(o,n,s,i),u=t.makeOutput([a.length],i);return t.typedArrayFromHeap(u).set(a),u},up={kernelName:Qo,backendName:"wasm",kernelFunc:gI};var xI=!0,lp=Y(Ho,xI);var cp=G(er);var pp=G(rr);var mp;function yI(r){mp=r.wasm.cwrap(Kr,null,["number","number","number","number","number","number","number","number","number","number"])}function wI(r){let{backend:t,inputs:e,attrs:o}=r,{images:n}=e,{alignCorners:s,halfPixelCenters:i,size:a}=o,[u,l]=a,[c,p,m,d]=n.shape,f=[c,u,l,d],h=t.dataIdMap.get(n.dataId),g;h.dtype!=="float32"&&(g=et({backend:t,inputs:{x:n},attrs:{dtype:"float32"}}),h=t.dataIdMap.get(g.dataId));let y=h.id,w=t.makeOutput(f,"float32");if(x.sizeFromShape(n.shape)===0)return w;let b=t.dataIdMap.get(w.dataId).id;return mp(y,c,p,m,d,u,l,s?1:0,i?1:0,b),g!=null&&t.disposeData(g.dataId),w}var dp={kernelName:Kr,backendName:"wasm",setupFunc:yI,kernelFunc:wI};var fp;function bI(r){fp=r.wasm.cwrap(qr,null,["number","number","number","number","number","number","number","number","number","number"])}function SI(r){let{backend:t,inputs:e,attrs:o}=r,{images:n}=e,{alignCorners:s,halfPixelCenters:i,size:a}=o,[u,l]=a,[c,p,m,d]=n.shape,f=[c,u,l,d],h=t.makeOutput(f,"float32");if(x.sizeFromShape(n.shape)===0)return h;let g=t.dataIdMap.get(n.dataId),y;g.dtype!=="float32"&&(y=et({backend:t,inputs:{x:n},attrs:{dtype:"float32"}}),g=t.dataIdMap.get(y.dataId));let w=g.id,b=t.dataIdMap.get(h.dataId).id;return fp(w,c,p,m,d,u,l,s?1:0,i?1:0,b),y!=null&&t.disposeData(y.dataId),h}var hp={kernelName:qr,backendName:"wasm",setupFunc:bI,kernelFunc:SI};var gp;function II(r){gp=r.wasm.cwrap(jr,null,["number","array","number","array","number","number"])}function CI(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{dims:s}=o,i=x.parseAxisParam(s,n.shape);if(n.shape.length===0)return mr({inputs:{x:n},backend:e});let a=e.makeOutput(n.shape,n.dtype),u=e.dataIdMap.get(n.dataId).id,l=e.dataIdMap.get(a.dataId).id,c=new Uint8Array(new Int32Array(i).buffer),p=new Uint8Array(new Int32Array(n.shape).buffer);gp(u,c,i.length,p,n.shape.length,l);let m=xe({inputs:{x:a},attrs:{shape:n.shape},backend:e});return e.disposeData(a.dataId),m}var xp={kernelName:jr,backendName:"wasm",kernelFunc:CI,setupFunc:II};var yp=G(or);var wp;function vI(r){wp=r.wasm.cwrap("SelectV2",null,["number","number","number","number","number"])}function kI(r){let{inputs:t,backend:e}=r,{condition:o,t:n,e:s}=t,i=e.dataIdMap.get(o.dataId).id,a=e.dataIdMap.get(n.dataId).id,u=e.dataIdMap.get(s.dataId).id,l=e.makeOutput(n.shape,n.dtype),c=e.dataIdMap.get(l.dataId).id,p=o.shape.length,m=n.shape.length,d=p===0||p>1||m===1?1:x.sizeFromShape(n.shape.slice(1));return wp(i,a,u,d,c),l}var bp={kernelName:Zo,backendName:"wasm",kernelFunc:kI,setupFunc:vI};var Sp=G(Jo);var Ip;function AI(r){Ip=r.wasm.cwrap(nt,null,["number","number"])}function RI(r){let{backend:t,inputs:{x:e}}=r,o=t.dataIdMap.get(e.dataId).id,n=t.makeOutput(e.shape,e.dtype),s=t.dataIdMap.get(n.dataId).id;return x.sizeFromShape(n.shape)===0||Ip(o,s),n}var Cp={kernelName:"Sigmoid",backendName:"wasm",setupFunc:AI,kernelFunc:RI};var vp=G(en);var kp=G("Sin");function At(r){let{inputs:{x:t},attrs:{begin:e,size:o},backend:n}=r,[s,i]=pe.parseSliceParams(t,e,o),a=pe.isSliceContinous(t.shape,s,i),u=n.readSync(t.dataId),l=n.makeOutput(i,t.dtype),c=x.computeStrides(t.shape),p=n.dataIdMap.get(l.dataId);if(a){let f=pe.computeFlatOffset(s,c);return t.dtype==="string"?p.stringBytes=u.slice(f,f+x.sizeFromShape(i)):n.typedArrayFromHeap(l).set(u.subarray(f,f+x.sizeFromShape(i))),l}if(t.dtype==="string"){let f=hr(u,s,i,t.shape,t.dtype);return p.stringBytes=f,l}let m=n.typedArrayFromHeap(l),d=t.shape.length;if(d===2)EI(u,c[0],m,s,i);else if(d===3)_I(u,c[0],c[1],m,s,i);else if(d===4)TI(u,c[0],c[1],c[2],m,s,i);else{let f=hr(u,s,i,t.shape,t.dtype);m.set(f)}return l}function EI(r,t,e,o,n){let s=0,i=o[0],a=o[1],u=i+n[0];for(let l=i;l<u;l++){let c=l*t+a;e.set(r.subarray(c,c+n[1]),s),s+=n[1]}}function _I(r,t,e,o,n,s){let i=0,a=n[0],u=n[1],l=n[2],c=a+s[0],p=u+s[1];for(let m=a;m<c;m++)for(let d=u;d<p;d++){let f=m*t+d*e+l;o.set(r.subarray(f,f+s[2]),i),i+=s[2]}}function TI(r,t,e,o,n,s,i){let a=0,u=s[0],l=s[1],c=s[2],p=u+i[0],m=l+i[1],d=c+i[2],f=s[3];for(let h=u;h<p;h++)for(let g=l;g<m;g++)for(let y=c;y<d;y++){let w=h*t+g*e+y*o+f;n.set(r.subarray(w,w+i[3]),a),a+=i[3]}}var Ap={kernelName:Xr,backendName:"wasm",kernelFunc:At};var Rp;function FI(r){Rp=r.wasm.cwrap(Yr,null,["number","number","number","number"])}function PI(r){let{backend:t,inputs:{logits:e},attrs:{dim:o}}=r,n=t.dataIdMap.get(e.dataId).id,s=t.makeOutput(e.shape,e.dtype),i=t.dataIdMap.get(s.dataId).id,a=e.shape[o],u=x.sizeFromShape(e.shape)/a;return x.sizeFromShape(s.shape)===0||Rp(n,i,a,u),s}var Ep={kernelName:Yr,backendName:"wasm",setupFunc:FI,kernelFunc:PI};var _p=G(tn);function DI(r){let{inputs:t,attrs:e,backend:o}=r,{x:n}=t,{numOrSizeSplits:s,axis:i}=e,a=x.parseAxisParam(i,n.shape)[0],u=S.prepareSplitSize(n,s,a),l=new Array(n.shape.length).fill(0),c=n.shape.slice();return u.map(p=>{let m=[...c];m[a]=p;let d=At({inputs:{x:n},attrs:{begin:l,size:m},backend:o});return l[a]+=p,d})}var Tp={kernelName:rn,backendName:"wasm",kernelFunc:DI};var Fp=G(nr);var Pp=G(on);var $I=!0,Dp=Y(sr,$I);var $p;function MI(r){$p=r.wasm.cwrap(Qr,null,["number","array","number","array","array","array","array","array","number","number"])}function NI(r){let{backend:t,inputs:e,attrs:o}=r,{x:n}=e,{begin:s,end:i,strides:a,beginMask:u,endMask:l,ellipsisMask:c,newAxisMask:p,shrinkAxisMask:m}=o,{finalShapeSparse:d,finalShape:f,isIdentity:h,sliceDim0:g,isSimpleSlice:y,begin:w,end:b,strides:I}=pe.sliceInfo(n.shape,s,i,a,u,l,c,p,m),C;if(h)C=xe({inputs:{x:n},backend:t,attrs:{shape:f}});else if(g||y){x.assert(n.shape.length>=1,()=>`Input must have rank at least 1, got: ${n.shape.length}`);let k=pe.computeOutShape(w,b,I),A=At({inputs:{x:n},backend:t,attrs:{begin:w,size:k}});C=xe({inputs:{x:A},backend:t,attrs:{shape:f}}),t.disposeData(A.dataId)}else{let k=t.makeOutput(d,"float32"),A=t.dataIdMap.get(n.dataId).id,P=new Uint8Array(new Int32Array(x.computeStrides(n.shape)).buffer),_=new Uint8Array(new Int32Array(w).buffer),O=new Uint8Array(new Int32Array(b).buffer),N=new Uint8Array(new Int32Array(I).buffer),U=new Uint8Array(new Int32Array(d).buffer),H=new Uint8Array(new Int32Array(x.computeStrides(d)).buffer),X=t.dataIdMap.get(k.dataId).id;$p(A,P,n.shape.length,_,O,N,U,H,d.length,X),C=xe({inputs:{x:k},backend:t,attrs:{shape:f}}),t.disposeData(k.dataId)}return C}var Mp={kernelName:Qr,backendName:"wasm",setupFunc:MI,kernelFunc:NI};var BI=!0,Np=Y("Sub",BI);var Bp;function LI(r){Bp=r.wasm.cwrap("Sum",null,["number","number","number","number"])}function zI(r){let{backend:t,inputs:e,attrs:o}=r,{axis:n,keepDims:s}=o,{x:i}=e,a=t.dataIdMap.get(i.dataId).id,u=a,l=i,{transposed:c,axes:p,originalAxes:m,inputWasTransposed:d}=$e(i,n,t),f=p;if(d){let b=t.dataIdMap.get(c.dataId).id;b!==a&&(l=c,u=b,f=S.getInnerMostAxes(f.length,l.shape.length))}S.assertAxesAreInnerMostDims("sum",f,l.shape.length);let[h,g]=S.computeOutAndReduceShapes(l.shape,f),y=x.sizeFromShape(g),w=t.makeOutput(h,l.dtype);if(x.sizeFromShape(l.shape)!==0){let b=t.dataIdMap.get(w.dataId).id;Bp(u,y,re[w.dtype],b)}if(d&&t.disposeData(c.dataId),s){let b=S.expandShapeToKeepDim(w.shape,m);w.shape=b}return w}var Lp={kernelName:"Sum",backendName:"wasm",setupFunc:LI,kernelFunc:zI};var zp=G(nn);var Op;function OI(r){Op=r.wasm.cwrap(wt,null,["number","array","number","array","number","number"])}function UI(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,s=e.dataIdMap.get(n.dataId).id,{reps:i}=o,a=new Array(n.shape.length);for(let m=0;m<a.length;m++)a[m]=n.shape[m]*i[m];let u=new Uint8Array(new Int32Array(n.shape).buffer),l=new Uint8Array(new Int32Array(a).buffer),c=e.makeOutput(a,n.dtype),p=e.dataIdMap.get(c.dataId).id;return Op(s,u,n.shape.length,l,a.length,re[c.dtype],p),c}var Up={kernelName:wt,backendName:"wasm",setupFunc:OI,kernelFunc:UI};var Wp;function WI(r){Wp=r.wasm.cwrap(Zr,null,["number","array","number","number","number","bool","number","number"])}var VI=({inputs:r,backend:t,attrs:e})=>{let{x:o}=r,{k:n,sorted:s}=e,i=t.dataIdMap.get(o.dataId).id,a=new Uint8Array(new Int32Array(o.shape).buffer),u=o.shape.slice();u[u.length-1]=n;let l=t.makeOutput(u,o.dtype),c=t.dataIdMap.get(l.dataId).id,p=t.makeOutput(u,"int32"),m=t.dataIdMap.get(p.dataId).id;return Wp(i,a,o.shape.length,re[o.dtype],n,s,c,m),[l,p]},Vp={kernelName:Zr,backendName:"wasm",setupFunc:WI,kernelFunc:VI};function GI(r){let{inputs:t,backend:e,attrs:o}=r,{value:n}=t,{axis:s}=o;s<0&&(s+=n.shape.length);let i=n.shape[s],a=n.shape.length,u=new Array(a-1),l=0;for(let d=0;d<a;d++)d!==s&&(u[l++]=n.shape[d]);let c=new Array(i),p=new Array(a).fill(0),m=n.shape.slice();m[s]=1;for(let d=0;d<c.length;d++)p[s]=d,c[d]=At({inputs:{x:n},attrs:{begin:p,size:m},backend:e});return c.map(({dataId:d,dtype:f})=>({dataId:d,dtype:f,shape:u}))}var Gp={kernelName:sn,backendName:"wasm",kernelFunc:GI};var D;(function(r){r[r.ADD=0]="ADD",r[r.ATAN2=1]="ATAN2",r[r.COMPLEX_MULTIPLY_IMAG=2]="COMPLEX_MULTIPLY_IMAG",r[r.COMPLEX_MULTIPLY_REAL=3]="COMPLEX_MULTIPLY_REAL",r[r.DIV=4]="DIV",r[r.ELU_DER=5]="ELU_DER",r[r.EQUAL=6]="EQUAL",r[r.FLOOR_DIV=7]="FLOOR_DIV",r[r.GREATER=8]="GREATER",r[r.GREATER_EQUAL=9]="GREATER_EQUAL",r[r.LESS=10]="LESS",r[r.LESS_EQUAL=11]="LESS_EQUAL",r[r.LOGICAL_AND=12]="LOGICAL_AND",r[r.LOGICAL_OR=13]="LOGICAL_OR",r[r.MAX=14]="MAX",r[r.MIN=15]="MIN",r[r.MOD=16]="MOD",r[r.MUL=17]="MUL",r[r.NOT_EQUAL=18]="NOT_EQUAL",r[r.POW=19]="POW",r[r.PRELU=20]="PRELU",r[r.SQUARED_DIFFERENCE=21]="SQUARED_DIFFERENCE",r[r.SUB=22]="SUB"})(D||(D={}));var HI="let resultTemp = a + b;",qI="let resultTemp = atan2(a, b);",KI="let resultTemp = areal * breal - aimag * bimag;",jI="let resultTemp = areal * bimag + aimag * breal;",XI="let resultTemp = a / b;",YI="let resultTemp = select(a * (b + 1.0), a, b >= b - b);",QI=`
  let zero = sign(a) * 0 + 0;
  let one = sign(b) * 0 + 1;
  let resultTemp = select(zero, one, a == b);
`,ZI=`
  let remainder =
      select(a % b, round(a % b), (round(a) == a) & (round(b) == b));
  let quotient = (a - remainder) / b;
  let resultTemp =
      round(select(quotient, quotient - 1, sign(remainder) == -sign(b)));
`,JI=`
  let zero = sign(a) * 0 + 0;
  let one = sign(b) * 0 + 1;
  let resultTemp = select(zero, one, a > b);
`,eC=`
  let zero = sign(a) * 0 + 0;
  let one = sign(b) * 0 + 1;
  let resultTemp = select(zero, one, a >= b);
`,tC=`
  let zero = sign(a) * 0 + 0;
  let one = sign(b) * 0 + 1;
  let resultTemp = select(zero, one, a < b);
`,rC=`
  let zero = sign(a) * 0 + 0;
  let one = sign(b) * 0 + 1;
  let resultTemp = select(zero, one, a <= b);
`,oC="return f32(a >= 1.0 && b >= 1.0);",nC=`return (vec4<f32>(a >= vec4<f32>(1.0)) *
  vec4<f32>(b >= vec4<f32>(1.0)));`,sC="return f32(a >= 1.0 || b >= 1.0);",iC=`return min(vec4<f32>(a >= vec4<f32>(1.0)) +
  vec4<f32>(b >= vec4<f32>(1.0)), vec4<f32>(1.0));`,aC="let resultTemp = max(a, b);",uC="let resultTemp = min(a, b);",lC=`
  let isNaN = b == 0.;
  var resultTemp = a % b;
  resultTemp = select((resultTemp + b) % b, resultTemp,
      (a < 0. && b < 0.) || (a >= 0. && b > 0.));
`,cC=`
  let isNaN = !vec4<bool>(b);
  var resultTemp = vec4<f32>(a % b);
  if (!((a[0] < 0. && b[0] < 0.) || (a[0] >= 0. && b[0] > 0.))) {
    resultTemp[0] = (resultTemp[0] + b[0]) % b[0];
  }
  if (!((a[1] < 0. && b[1] < 0.) || (a[1] >= 0. && b[1] > 0.))) {
    resultTemp[1] = (resultTemp[1] + b[1]) % b[1];
  }
  if (!((a[2] < 0. && b[2] < 0.) || (a[2] >= 0. && b[2] > 0.))) {
    resultTemp[2] = (resultTemp[2] + b[2]) % b[2];
  }
  if (!((a[3] < 0. && b[3] < 0.) || (a[3] >= 0. && b[3] > 0.))) {
    resultTemp[3] = (resultTemp[3] + b[3]) % b[3];
  }
`,pC="let resultTemp = a * b;",mC=`
  var resultTemp = f32(a != b);
  let valueForNaN = 1.0;
`,dC=`
  var resultTemp = vec4<f32>(a != b);
  let valueForNaN = 1.0;
`,fC=`
  let isNaN = a < 0.0 && floor(b) < b;
  if (b == 0.0) {
    return 1.0;
  }
  var resultTemp = select(sign(a) * pow(abs(a), b), pow(abs(a), b),
      round(abs(b) % 2.0) != 1.0);
`,hC=`
  let isModRound1Bool = vec4<i32>(round(abs(b) % vec4<f32>(2.0))) == vec4<i32>(1);
  let isModRound1 = vec4<f32>(isModRound1Bool);
  let multiplier = sign(a) * isModRound1 + (vec4<f32>(1.0) - isModRound1);
  var resultTemp = multiplier * pow(abs(a), b);

  // Ensure that a^0 = 1, including 0^0 = 1 as this correspond to TF and JS
  let isExpZero = b == vec4<f32>(0.0);
  if (isExpZero.r) {
    resultTemp.r = 1.0;
  }
  if (isExpZero.g) {
    resultTemp.g = 1.0;
  }
  if (isExpZero.b) {
    resultTemp.b = 1.0;
  }
  if (isExpZero.a) {
    resultTemp.a = 1.0;
  }
  let isNaN = (a < vec4<f32>(0.0)) & (floor(b) < b);
`,gC="if (a < 0.0) { return b * a; }  return a;",xC=`
  let aLessThanZero = vec4<f32>(a < vec4<f32>(0.0));
  return (aLessThanZero * (b * a)) + ((vec4<f32>(1.0) - aLessThanZero) * a);
`,yC="let resultTemp = (a - b) * (a - b);",wC="let resultTemp = a - b;";function gr(r,t){let e;do{switch(r){case D.ATAN2:e=qI;break;case D.MAX:e=aC;break;case D.MIN:e=uC;break;case D.MOD:e=t?cC:lC;break;case D.NOT_EQUAL:e=t?dC:mC;break;case D.POW:e=t?hC:fC;break;default:continue}let o,n,s;return t?(o="isnanVec4",n="vec4<f32>",s="vec4<bool>"):(o="isnan",n="f32",s="bool"),`
      let aIsNaN = ${o}(a);
      let aPostLegalization = select(a, ${n}(42), aIsNaN);
      let bIsNaN = ${o}(b);
      let bPostLegalization = select(b, ${n}(42), bIsNaN);
      let isNaN = false;
      let valueForNaN = uniforms.NAN;
      {
        let a = aPostLegalization;
        let b = bPostLegalization;
        ${e}
        return select(
            resultTemp, ${n}(valueForNaN),
            ${s}(isNaN) | aIsNaN | bIsNaN);
      }
    `}while(!1);switch(r){case D.ADD:e=HI;break;case D.COMPLEX_MULTIPLY_IMAG:e=jI;break;case D.COMPLEX_MULTIPLY_REAL:e=KI;break;case D.DIV:e=XI;break;case D.ELU_DER:e=YI;break;case D.EQUAL:e=QI;break;case D.FLOOR_DIV:e=ZI;break;case D.GREATER:e=JI;break;case D.GREATER_EQUAL:e=eC;break;case D.LESS:e=tC;break;case D.LESS_EQUAL:e=rC;break;case D.LOGICAL_AND:return t?nC:oC;case D.LOGICAL_OR:return t?iC:sC;case D.MUL:e=pC;break;case D.PRELU:return t?xC:gC;case D.SQUARED_DIFFERENCE:e=yC;break;case D.SUB:e=wC;break;default:}return`
    ${e}
    return resultTemp;
  `}function Hp(r,t){if(Math.max(...r)>5)throw new Error("Cannot symbolically compute strides for rank > 6 tensor.");let e=r.length,o="xyzwuv",n=r.map(i=>`${t}.${o[i]}`),s=new Array(e-1);s[e-2]=n[e-1];for(let i=e-3;i>=0;--i)s[i]=`(${s[i+1]} * ${n[i+1]})`;return s}var qp=(r,t,e)=>e==="int32"?`atomicAdd(${r}, bitcast<i32>(${t}));`:`
          {
            var oldValue = 0;
            loop {
              let newValueF32 = bitcast<f32>(oldValue) + (${t});
              let newValue = bitcast<i32>(newValueF32);
              let res = atomicCompareExchangeWeak(${r}, oldValue, newValue);
              if res.exchanged {
                break;
              }
              oldValue = res.old_value;
            }
          }`;var So;(function(r){r[r.FROM_PIXELS=0]="FROM_PIXELS",r[r.DRAW=1]="DRAW"})(So||(So={}));var Yp=(r,t,e,o,n)=>{let s={dtype:o.dtype,shape:o.shape},i=SC(e,s,t),a=r.createShaderModule({code:i,label:t.constructor.name}),u=$().get("WEBGPU_PRINT_SHADER");if(u!==""){u=u.toLowerCase();let l=u.split(",");(u==="all"||l.some(c=>t.shaderKey.toLowerCase().includes(c)))&&(console.group(t.shaderKey),console.debug(i),console.groupEnd())}return n?r.createComputePipelineAsync({compute:{module:a,entryPoint:"_start"},label:t.constructor.name,layout:"auto"}):r.createComputePipeline({compute:{module:a,entryPoint:"_start"},label:t.constructor.name,layout:"auto"})},V=(r,t="f32")=>{switch(r){case 1:return`${t}`;case 2:return`vec2<${t}>`;case 3:return`vec3<${t}>`;case 4:return`vec4<${t}>`;default:throw new Error(`${r}-component ${t} is not supported.`)}};function ce(r){if(r<=1)return"i32";if(r===2)return"vec2<i32>";if(r===3)return"vec3<i32>";if(r===4)return"vec4<i32>";if(r===5)return"vec5";if(r===6)return"vec6";throw Error(`GPU for rank ${r} is not yet supported`)}function Ne(r){if(r===0)return"x";if(r===1)return"y";if(r===2)return"z";if(r===3)return"w";if(r===4)return"u";if(r===5)return"v";throw Error(`Index ${r} is not yet supported`)}function T(...r){let t;switch(r.length){case 0:t=`
        fn main()
      `;break;case 1:t=`
        fn main(${r[0]} : i32)
      `;break;default:throw Error("Unreachable")}return t}function Kp(r,t){let e;return e=`
     ${bC(t)}
      fn _start(@builtin(local_invocation_id) LocalId : vec3<u32>,
                @builtin(global_invocation_id) GlobalId : vec3<u32>,
                @builtin(local_invocation_index) LocalIndex: u32,
                @builtin(workgroup_id) WorkgroupId : vec3<u32>,
                @builtin(num_workgroups) NumWorkgroups : vec3<u32>) {
        localId = LocalId;
        localIndex = LocalIndex;
        globalId = GlobalId;
        numWorkgroups = NumWorkgroups;
        workgroupId = WorkgroupId;
        ${r?"main(getGlobalIndex());":"main();"};
      }
    `,e}function bC(r){return`
  @compute @workgroup_size(${r.workgroupSize[0]}, ${r.workgroupSize[1]}, ${r.workgroupSize[2]})
`}function SC(r,t,e){let o=[],n=e.workgroupSize[0]*e.workgroupSize[1]*e.workgroupSize[2];if(e.outputComponent=e.outputComponent?e.outputComponent:1,o.push(`

      var<private> localId: vec3<u32>;
      var<private> localIndex: u32;
      var<private> globalId: vec3<u32>;
      var<private> numWorkgroups: vec3<u32>;
      var<private> workgroupId: vec3<u32>;

      // Only used when the y/z dimension of workgroup size is 1.
      fn getGlobalIndex() -> i32 {
        ${Zp(e)?"  return i32(globalId.x);":`  return i32((workgroupId.z * numWorkgroups.x * numWorkgroups.y +
                workgroupId.y * numWorkgroups.x + workgroupId.x) * ${n}u +
                localIndex);
        `}
      }
    `),e.pixelsOpType!=null){let f=e.pixelsOpType===So.FROM_PIXELS?`@group(0) @binding(0) var<storage, read_write> result: array<${xr(t.dtype,e.outputComponent)}>;`:`@group(0) @binding(1) var<storage, read> inBuf : array<${xr(r[0].dtype,e.outputComponent)}>;`,h=t.shape.length===3?"vec2<i32>":"i32";o.push(`
        struct Uniform {
          outShapeStrides : ${h},
          size            : i32,
          numChannels     : i32,
          alpha           : f32,
        };

        ${f}
        @group(0) @binding(2) var<uniform> uniforms: Uniform;
      `);let g=Xp(e);return[jp,o.join(`
`),ia(t.shape),e.getUserCode(),Kp(g,e)].join(`
`)}let s,i,a="struct Uniforms { NAN : f32, INFINITY : f32, ";e.variableNames.forEach((f,h)=>{let g=ce(r[h].shape.length);a+=`${f.charAt(0).toLowerCase()+f.slice(1)}Shape : ${g}, `,s=r[h].shape.length-1,i=ce(s),a+=`${f.charAt(0).toLowerCase()+f.slice(1)}ShapeStrides: ${i}, `});let u=ce(t.shape.length);a+=`outShape : ${u}, `,s=t.shape.length-1,i=ce(s),a+=`
         outShapeStrides: ${i}, `,e.size&&(a+="size : i32, "),e.uniforms&&(a+=e.uniforms),a+="};",a=_C(a),o.push(a),e.atomic?o.push(`
      @group(0) @binding(0) var<storage, read_write> result: array<atomic<i32>>;
    `):o.push(`
      @group(0) @binding(0) var<storage, read_write> result: array<${xr(t.dtype,e.outputComponent)}>;
    `),e.variableNames.forEach((f,h)=>{o.push(`
      @group(0) @binding(${1+h}) var<storage, read> ${f}: array<${e.variableComponents?xr(r[h].dtype,e.variableComponents[h]):xr(r[h].dtype,e.outputComponent)}>;
        `)}),a!==""&&o.push(`
      @group(0) @binding(${1+e.variableNames.length}) var<uniform> uniforms: Uniforms;
      `);let l=AC(t.shape,e.dispatchLayout),c=[jp,o.join(`
`)+IC,ia(t.shape),l,RC(t.shape.length)];e.atomic||c.push(EC(t.shape,t.dtype,e.outputComponent)),e.variableNames.forEach((f,h)=>{c.push(`${ia(r[h].shape,f)}`)});let p=r.map((f,h)=>kC(f,t.shape,e.variableComponents?e.variableComponents[h]:e.outputComponent,e.dispatchLayout.x.length===t.shape.length)).join(`
`);c.push(p),c.push(e.getUserCode());let m=Xp(e);return c.push(Kp(m,e)),c.join(`
`)}function Qp(r,t,e){let o=r.shaderKey;if(r.pixelsOpType!=null)return o;let n=[],s=[];t.forEach(c=>{n.push(c.shape),s.push(c.dtype)}),n.push(e.shape),s.push(e.dtype);let i=t.map(c=>S.getBroadcastDims(c.shape,e.shape)),a=t.map(c=>x.arraysEqual(c.shape,e.shape)).join("_"),u=i.map(c=>c.join("_")).join(";"),l=Zp(r)?"flatDispatch":"";return o+="_"+(r.workgroupSize?r.workgroupSize.join(","):"")+n.map(c=>c.length).join(",")+s.join(",")+r.variableNames.join(",")+u+a+l,o}var jp=`
  struct vec5 {x: i32, y: i32, z: i32, w: i32, u: i32};
  struct vec6 {x: i32, y: i32, z: i32, w: i32, u: i32, v: i32};

  // Checks whether coordinates lie within the bounds of the shape.
  fn coordsInBounds2D(coord : vec2<i32>, shape : vec2<i32>) -> bool {
    return all(coord >= vec2<i32>(0)) && all(coord < shape);
  }
  fn coordsInBounds3D(coord : vec3<i32>, shape : vec3<i32>) -> bool {
    return all(coord >= vec3<i32>(0)) && all(coord < shape);
  }
  fn coordsInBounds4D(coord : vec4<i32>, shape : vec4<i32>) -> bool {
    return all(coord >= vec4<i32>(0)) && all(coord < shape);
  }

  fn getIndexFromCoords1D(coord : i32, shape : i32) -> i32 {
    return coord;
  }
  fn getIndexFromCoords2D(coords : vec2<i32>, shape : vec2<i32>) -> i32 {
    return dot(coords, vec2<i32>(shape.y, 1));
  }
  fn getIndexFromCoords3D(coords : vec3<i32>, shape : vec3<i32>) -> i32 {
    return dot(coords, vec3<i32>(shape.y * shape.z, shape.z, 1));
  }
  fn getIndexFromCoords4D(coords : vec4<i32>, shape : vec4<i32>) -> i32 {
    return dot(coords, vec4<i32>(
        shape.y * shape.z * shape.w, shape.z * shape.w, shape.w, 1));
  }
  fn getIndexFromCoords5D(coords : vec5, shape : vec5) -> i32 {
    let shapeStrides: vec5 = vec5(shape.y * shape.z * shape.w * shape.u, shape.z * shape.w * shape.u, shape.w * shape.u, shape.u, 1);
    return coords.x*shapeStrides.x + coords.y*shapeStrides.y + coords.z*shapeStrides.z + coords.w*shapeStrides.w + coords.u*shapeStrides.u;
  }
  fn getIndexFromCoords6D(coords : vec6, shape : vec6) -> i32 {
    let shapeStrides: vec6 = vec6(shape.y * shape.z * shape.w * shape.u * shape.v, shape.z * shape.w * shape.u * shape.v, shape.w * shape.u * shape.v, shape.u * shape.v, shape.v, 1);
    return coords.x*shapeStrides.x + coords.y*shapeStrides.y + coords.z*shapeStrides.z + coords.w*shapeStrides.w + coords.u*shapeStrides.u + coords.v*shapeStrides.v;
  }

  // NaN defination in IEEE 754-1985 is :
  //   - sign = either 0 or 1.
  //   - biased exponent = all 1 bits.
  //   - fraction = anything except all 0 bits (since all 0 bits represents infinity).
  // https://en.wikipedia.org/wiki/IEEE_754-1985#Representation_of_non-numbers
  fn isnan(val: f32) -> bool {
    let floatToUint: u32 = bitcast<u32>(val);
    return (floatToUint & 0x7fffffffu) > 0x7f800000u;
  }
  fn isnanVec4(val : vec4<f32>) -> vec4<bool> {
    let floatToUint: vec4<u32> = bitcast<vec4<u32>>(val);
    return (floatToUint & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u);
  }
`,IC=`
  fn isinf(val: f32) -> bool {
    return abs(val) == uniforms.INFINITY;
  }
`;function ia(r,t=""){let e=r.length,o=t!==""?`get${t.charAt(0).toUpperCase()+t.slice(1)}CoordsFromIndex`:"getCoordsFromIndex",n=t!==""?`${t.charAt(0).toLowerCase()+t.slice(1)}ShapeStrides`:"outShapeStrides";if(e<=1)return`fn ${o}(index : i32) -> i32 { return index; }`;let s=x.computeStrides(r),i=ce(e),a=[];for(let l=0;l<e;l++)a.push(`d${l}`);if(s.length===1)return`    fn ${o}(index : i32) -> vec2<i32> {
      let d0 = index / uniforms.${n}; let d1 = index - d0 * uniforms.${n};
      return vec2<i32>(d0, d1);
    }`;let u;return u="var index2 = index;"+s.map((l,c)=>{let p=`let ${a[c]} = index2 / uniforms.${n}.${Ne(c)}`,m=c===s.length-1?`let ${a[c+1]} = index2 - ${a[c]} * uniforms.${n}.${Ne(c)}`:`index2 = index2 - ${a[c]} * uniforms.${n}.${Ne(c)}`;return`${p}; ${m};`}).join(""),`
    fn ${o}(index : i32) -> ${i} {
      ${u}
      return ${i}(${a.join(",")});
    }
  `}function CC(r,t){let e=r.name,o=r.shape.length,n=ce(o),s="get"+e.charAt(0).toUpperCase()+e.slice(1),i=["d0","d1","d2","d3","d4","d5"].slice(0,o),a=i.map(c=>`${c} : i32`).join(", ");if(o<1)return`
      fn ${s}() -> ${V(t)} {
        return ${V(t)}(${e}[0]);
      }
    `;let u=`uniforms.${e.charAt(0).toLowerCase()+e.slice(1)}Shape`,l=`${o}D`;return o===0&&(l="1D"),`
    fn ${s}(${a}) -> ${V(t)} {
      return ${V(t)}(${e}[getIndexFromCoords${l}(${n}(${i.join(",")}),
        ${u})${t===1?"":` / ${t}`}]);
    }
   `}function vC(r,t,e,o){let n=r.name,s=n.charAt(0).toUpperCase()+n.slice(1),i="get"+s+"ByOutput",a=r.shape.length,u=t.length,l=ce(u);if(x.arraysEqual(r.shape,t)&&o)return`
    fn ${i}Index(globalIndex : i32) -> ${V(e)} {
      return ${V(e)}(${n}[globalIndex]);
    }

    fn ${i}Coords(coords : ${l}) -> ${V(e)} {
      return ${V(e)}(${n}[${u>1?"getOutputIndexFromCoords(coords)":"coords"}${e===1?"":` / ${e}`}]);
    }
    `;let c=S.getBroadcastDims(r.shape,t),p=u-a,m="";if(a===0)return`
    fn ${i}Index(globalIndex : i32) -> ${V(e)}{
      return get${s}();
    }

    fn ${i}Coords(coords : ${l}) -> ${V(e)}{
      return get${s}();
    }
  `;u<2&&c.length>=1?m="coords = 0;":m=c.map(g=>`coords.${Ne(g+p)} = 0;`).join(`
`);let d="";if(u<2&&a>0)d="coords";else if(u>1){let g=ce(a),y=r.shape.map((w,b)=>`coords.${Ne(b+p)}`).join(", ");d=`${g}(${y})`}else d="coords";let f=`uniforms.${n.charAt(0).toLowerCase()+n.slice(1)}Shape`,h=`${a}D`;return`
  fn ${i}Index(globalIndex : i32) -> ${V(e)} {
    var coords = getCoordsFromIndex(globalIndex);
    ${m}
    return ${V(e)}(${n}[getIndexFromCoords${h}(${d}, ${f})${e===1?"":` / ${e}`}]);
  }

  fn ${i}Coords(coordsIn : ${l}) -> ${V(e)} {
    var coords = coordsIn;
    ${m}
    return ${V(e)}(${n}[getIndexFromCoords${h}(${d}, ${f})${e===1?"":` / ${e}`}]);
  }
`}function kC(r,t,e,o){let n=CC(r,e);return r.shape.length<=t.length&&(n+=vC(r,t,e,o)),n}function AC(r,t){let{x:e,y:o=[],z:n=[]}=t,s=r.length,i=e.length+o.length+n.length;if(i!==s)return"";if(e.length===s)return`fn getOutputCoords() -> ${ce(s)}{
    let globalIndex = getGlobalIndex();
    return getCoordsFromIndex(globalIndex);
  }
  `;let a="",u=[e,o,n];for(let m=0;m<u.length;m++){let d=u[m];if(d.length!==0)if(d.length===1)a+=`let d${d[0]} = i32(globalId[${m}]);`;else{let f=Hp(d,"uniforms.outShape");a+=`var index${m} = i32(globalId[${m}]);`;for(let h=0;h<f.length;h++)a+=`let d${d[h]} = index${m} / ${f[h]};`,h===f.length-1?a+=`let d${d[h+1]} = index${m} - d${d[h]} * ${f[h]};`:a+=`index${m} = index${m} - d${d[h]} * ${f[h]};`}}let l=[];for(let m=0;m<i;m++)l.push(`d${m}`);let c=ce(i),p=`fn getOutputCoords() -> ${c} {
  ${a}
`;return l.length===0?p+=`return ${c}(0); }`:p+=`return ${c}(${l.join(",")}); }`,p}function RC(r){let t="";switch(r){case 0:case 1:t+=`
        fn getOutputIndexFromCoords(coords : i32) -> i32 {
          return coords;
        }
        `;break;case 2:t+=`
        fn getOutputIndexFromCoords(coords : vec2<i32>) -> i32 {
          return dot(coords, vec2<i32>(uniforms.outShapeStrides, 1));
        }
        `;break;case 3:t+=`
        fn getOutputIndexFromCoords(coords : vec3<i32>) -> i32 {
          return dot(coords, vec3<i32>(uniforms.outShapeStrides.x, uniforms.outShapeStrides.y, 1));
        }
        `;break;case 4:t+=`
        fn getOutputIndexFromCoords(coords : vec4<i32>) -> i32 {
          return dot(coords, vec4<i32>(
            uniforms.outShapeStrides.x, uniforms.outShapeStrides.y, uniforms.outShapeStrides.z, 1));
        }
        `;break;case 5:t+=`
        fn getOutputIndexFromCoords(coords : vec5) -> i32 {
          return coords.x * uniforms.outShapeStrides.x +
              coords.y * uniforms.outShapeStrides.y +
              coords.z * uniforms.outShapeStrides.z +
              coords.w * uniforms.outShapeStrides.w +
              coords.u;
        }
        `;break;case 6:t+=`
        fn getOutputIndexFromCoords(coords : vec6) -> i32 {
          return coords.x * uniforms.outShapeStrides.x +
              coords.y * uniforms.outShapeStrides.y +
              coords.z * uniforms.outShapeStrides.z +
              coords.w * uniforms.outShapeStrides.w +
              coords.u * uniforms.outShapeStrides.u +
              coords.v;
        }
        `;break;default:x.assert(!1,()=>`Unsupported ${r}D shape`);break}return t}function Zp(r){return r.dispatch[1]===1&&r.dispatch[2]===1}function xr(r,t=1){if(r==="float32")return V(t,"f32");if(r==="int32"||r==="bool")return V(t,"i32");throw new Error(`type ${r} is not supported.`)}function EC(r,t,e){let o=r.length,n=xr(t,e),s=`fn setOutputAtIndex(flatIndex : i32, value : ${V(e)}) {
      result[flatIndex] = ${n}(value);
    }

    fn setOutputAtIndexI32(flatIndex : i32, value : ${V(e,"i32")}) {
      result[flatIndex] = ${n}(value);
    }
    `;if(o>=2){let i=["d0","d1","d2","d3","d4","d5"].slice(0,o),a=ce(o);s+=`
      fn setOutputAtCoords(${i.map(u=>`${u} : i32`).join(", ")}, value : ${V(e)}) {
        let flatIndex = getOutputIndexFromCoords(${a}(${i.join(", ")}));
        setOutputAtIndex(flatIndex${e===1?"":` / ${e}`}, value);
      }
      fn setOutputAtCoordsI32(${i.map(u=>`${u} : i32`).join(", ")}, value : ${V(e,"i32")}) {
        let flatIndex = getOutputIndexFromCoords(${a}(${i.join(", ")}));
        setOutputAtIndexI32(flatIndex${e===1?"":` / ${e}`}, value);
      }
    `}return s}function _C(r){let t=/(\w+)\s*:\s*vec(5|6)/g;r=r.replace(t,o=>"@align(16) "+o);let e=/vec(5|6)\s*,\s*(\w+)/g;return r=r.replace(e,(o,n,s)=>`vec${n}, @align(16) ${s}`),r}function Xp(r){return!(r.dispatchLayout.hasOwnProperty("y")&&r.dispatchLayout.y.length!==0||r.dispatchLayout.hasOwnProperty("z")&&r.dispatchLayout.z.length!==0)}var Rt=r=>{let t=1;for(let e=0;e<r.length;e++)t*=r[e];return t};function F(r,t,e=[1,1,1],o=[1,1,1]){let[n,s,i]=[Math.ceil(Rt(r.x.map(a=>t[a]))/(e[0]*o[0])),r.y?Math.ceil(Rt(r.y.map(a=>t[a]))/(e[1]*o[1])):1,r.z?Math.ceil(Rt(r.z.map(a=>t[a]))/(e[2]*o[2])):1];return[n,s,i]}function Jp(r,t,e,o=!1){let n=[8,8,1],s=[4,4,1];return o||(r<=8&&(s[1]=1),t<=16&&e<=16&&(n[0]=4)),{workgroupSize:n,elementsPerThread:s}}function Tn(r,t,e=!1){if(e)return[8,8,1];let o=Rt(r.x.map(s=>t[s])),n=Rt(r.y.map(s=>t[s]));return o<=4?[4,16,1]:n<=4?[16,4,1]:[16,16,1]}function Fn(r,t,e=!1){if(e)return[4,4,1];let o=Rt(r.x.map(s=>t[s])),n=Rt(r.y.map(s=>t[s]));return o<=4?[1,2,1]:n<=4?[2,1,1]:[2,2,1]}function M(r){return{x:r.map((t,e)=>e)}}function aa(r){if(r==="float32"||r==="int32"||r==="bool"||r==="string")return 4;if(r==="complex64")return 8;throw new Error(`Unknown dtype ${r}`)}function em(){return!!(typeof globalThis<"u"&&globalThis.navigator&&globalThis.navigator.gpu)}var Oe;(function(r){r[r.MatMulReduceProgram=0]="MatMulReduceProgram",r[r.MatMulSplitKProgram=1]="MatMulSplitKProgram",r[r.MatMulSmallOutputSizeProgram=2]="MatMulSmallOutputSizeProgram",r[r.MatMulPackedProgram=3]="MatMulPackedProgram",r[r.MatMulMax=4]="MatMulMax"})(Oe||(Oe={}));var Io=class{constructor(t,e,o){this.variableNames=["AReal","AImag","BReal","BImag"],this.workgroupSize=[128,1,1],this.size=!0,this.outputShape=S.assertAndGetBroadcastShape(e,o),this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey=`binaryOpComplex_${t}`,this.op=t}getUserCode(){return`
      fn binaryOpComplex(
          areal : f32, aimag : f32, breal : f32, bimag : f32) -> f32 {
        ${gr(this.op,!1)}
      }

      ${T("index")} {
        if(index < uniforms.size) {
          let areal = getARealByOutputIndex(index);
          let aimag = getAImagByOutputIndex(index);
          let breal = getBRealByOutputIndex(index);
          let bimag = getBImagByOutputIndex(index);
          setOutputAtIndex(index, binaryOpComplex(areal, aimag, breal, bimag));
        }
      }
    `}};var Et=class{constructor(t,e,o){if(this.size=!0,this.variableNames=["A","B"],this.outputShape=S.assertAndGetBroadcastShape(e,o),this.dispatchLayout=M(this.outputShape),this.op=t,this.useSharedMemoryWithA=e.length<=1&&o.length>1&&e[0]<128,this.useSharedMemoryWithB=o.length<=1&&e.length>1&&o[0]<128,this.useSharedMemoryWithA||this.useSharedMemoryWithB)this.outputComponent=1,this.variableComponents=[1,1],this.lastDimensionSize=this.useSharedMemoryWithB?o[0]:e[0],this.shaderKey=`binary_${t}_${this.lastDimensionSize}`,this.type="shared",this.workgroupSize=[256,1,1];else{let n=e.length>0&&e[e.length-1]%4===0,s=o.length>0&&o[o.length-1]%4===0;n&&s?(this.outputComponent=4,this.variableComponents=[4,4]):n&&(x.isScalarShape(o)||o[o.length-1]===1)||s&&(x.isScalarShape(e)||e[e.length-1]===1)?(this.outputComponent=4,this.variableComponents=n?[4,1]:[1,4]):(this.outputComponent=1,this.variableComponents=[1,1]),this.type="nonshared",this.shaderKey=`binary_${t}_${this.variableComponents}`,this.workgroupSize=[128,1,1]}this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[this.outputComponent,1,1])}getUserCode(){let t,e=this.outputComponent===4?"vec4<f32>":"f32",o=`
    fn binaryOperation(a : ${e}, b : ${e}) -> ${e} {
      ${gr(this.op,this.outputComponent===4)}
    };
    `;if(this.type==="shared"){let n=this.lastDimensionSize>1?`coords[${this.outputShape.length-1}]`:"0",s=this.useSharedMemoryWithB?`let a = getAByOutputIndex(index);
          let b = sharedBuf[${n}];`:`let a = sharedBuf[${n}];
          let b = getBByOutputIndex(index);`;t=`
        ${o}
        var<workgroup> sharedBuf : array<f32, ${this.lastDimensionSize}>;
        ${T("index")} {
          // Fill in the shared memory buffer.
          let localIndex = i32(localId.x);
          if(localIndex < ${this.lastDimensionSize}) {
            sharedBuf[localIndex] = f32(${this.useSharedMemoryWithB?"B":"A"}[localIndex]);
          }
          workgroupBarrier();

          if(index < uniforms.size) {
            let coords = getCoordsFromIndex(index);
            ${s}
            setOutputAtIndex(index, binaryOperation(a, b));
          }
        }
        `}else t=`
       ${o}
       ${T("index")} {
         if (index < uniforms.size) {
           let coords = getCoordsFromIndex(index * ${this.outputComponent});
           let a = ${e}(getAByOutputCoords(coords));
           let b = ${e}(getBByOutputCoords(coords));
           setOutputAtIndex(index, binaryOperation(a, b));
         }
       }
       `;return t}};function fe(r){let{inputs:t}=r,{x:e}=t;return r.backend.incRef(e.dataId),{dataId:e.dataId,shape:e.shape,dtype:e.dtype}}function yr(r){let{inputs:t,backend:e}=r,{real:o,imag:n}=t,s=e.makeTensorInfo(o.shape,"complex64"),i=e.tensorMap.get(s.dataId),a=fe({inputs:{x:o},backend:e}),u=fe({inputs:{x:n},backend:e});return i.complexTensorInfos={real:a,imag:u},s}var E;(function(r){r[r.ABS=0]="ABS",r[r.ACOS=1]="ACOS",r[r.ACOSH=2]="ACOSH",r[r.ASIN=3]="ASIN",r[r.ASINH=4]="ASINH",r[r.ATAN=5]="ATAN",r[r.ATANH=6]="ATANH",r[r.CEIL=7]="CEIL",r[r.COS=8]="COS",r[r.COSH=9]="COSH",r[r.ELU=10]="ELU",r[r.ERF=11]="ERF",r[r.EXP=12]="EXP",r[r.EXPM1=13]="EXPM1",r[r.FLOOR=14]="FLOOR",r[r.IS_FINITE=15]="IS_FINITE",r[r.IS_INF=16]="IS_INF",r[r.IS_NAN=17]="IS_NAN",r[r.LINEAR=18]="LINEAR",r[r.LOG=19]="LOG",r[r.LOG1P=20]="LOG1P",r[r.LOGICAL_NOT=21]="LOGICAL_NOT",r[r.NEG=22]="NEG",r[r.RELU=23]="RELU",r[r.RELU6=24]="RELU6",r[r.LEAKYRELU=25]="LEAKYRELU",r[r.RECIPROCAL=26]="RECIPROCAL",r[r.ROUND=27]="ROUND",r[r.RSQRT=28]="RSQRT",r[r.SELU=29]="SELU",r[r.SIGMOID=30]="SIGMOID",r[r.SIGN=31]="SIGN",r[r.SIN=32]="SIN",r[r.SINH=33]="SINH",r[r.SOFTPLUS=34]="SOFTPLUS",r[r.SQRT=35]="SQRT",r[r.SQUARE=36]="SQUARE",r[r.STEP=37]="STEP",r[r.TAN=38]="TAN",r[r.TANH=39]="TANH",r[r.TO_INT=40]="TO_INT"})(E||(E={}));var PC="return abs(a);",DC=`
  if (abs(a) > 1.) {
    return uniforms.NAN;
  }
  return acos(a);
`,$C=`
  if (a < 1.) {
    return uniforms.NAN;
  }
  return acosh(a);
`,MC=`
  if (abs(a) > 1.) {
    return uniforms.NAN;
  }
  return asin(a);
`,NC="return asinh(a);",BC=`
  if (isnan(a)) {
    return uniforms.NAN;
  }
  return atan(a);
`,LC=`
  if (abs(a) > 1.) {
    return uniforms.NAN;
  }
  if (a == 1.) {
    return uniforms.INFINITY;
  }
  if (a == -1.) {
    return -uniforms.INFINITY;
  }
  return atanh(a);
`,zC="return ceil(a);",OC="return cos(a);",UC=`
  let e2x = exp(-a);
  return (e2x + 1.0 / e2x) / 2.0;
`,WC="return exp(a) - 1.0;",VC="if (a >= 0.0) { return a; }  return (exp(a) - 1.0);",GC=`
  var resFloat = exp(a) - vec4<f32>(1.0);
  if (a.r >= 0.0) {
    resFloat.r = a.r;
  }
  if (a.g >= 0.0) {
    resFloat.g = a.g;
  }
  if (a.b >= 0.0) {
    resFloat.b = a.b;
  }
  if (a.a >= 0.0) {
    resFloat.a = a.a;
  }
  return resFloat;
`,HC=`
  // Error function is calculated approximately with elementary function.
  // See "Handbook of Mathematical Functions with Formulas,
  // Graphs, and Mathematical Tables", Abramowitz and Stegun.
  let p = ${S.ERF_P};
  let a1 = ${S.ERF_A1};
  let a2 = ${S.ERF_A2};
  let a3 = ${S.ERF_A3};
  let a4 = ${S.ERF_A4};
  let a5 = ${S.ERF_A5};

  let sign = sign(a);
  let absA = abs(a);
  let t = 1.0 / (1.0 + p * absA);
  return sign * (1.0 - (((((a5 * t + a4) * t) + a3) * t + a2) * t + a1) * t * exp(-absA * absA));
`,qC="return exp(a);",KC="return floor(a);",jC="return f32(!isnan(a) && !isinf(a));",XC="return f32(isinf(a));",YC="return f32(isnan(a));",QC="return a;",ZC=`if (a < 0.0) { return uniforms.NAN; }
  return log(a);`,JC=`
  if (isnan(a)) { return a; }
  return log(1.0 + a);
`,e0="return f32(!(a >= 1.0));",t0="return -a;",r0="if (a < 0.0) { return uniforms.alpha * a; } return a;",o0=`
  let aLessThanZero = vec4<f32>(a < vec4<f32>(0.0));
  return (aLessThanZero * (uniforms.alpha * a)) + ((vec4<f32>(1.0) - aLessThanZero) * a);
`,n0="return 1.0 / a;",s0="return select(a, 0.0, a < 0.0);",i0="return clamp(a, 0.0, 6.0);",a0="return clamp(a, vec4<f32>(0.0, 0.0, 0.0, 0.0), vec4<f32>(6.0, 6.0, 6.0, 6.0));",u0=`
  return select(a, vec4<f32>(0.0), a < vec4<f32>(0.0));
`,l0="return round(a);",c0="return inverseSqrt(a);",p0=`
  if (a >= 0.0) {
    return ${S.SELU_SCALE} * a;
  } else {
    return ${S.SELU_SCALEALPHA} * (exp(a) - 1.0);
  }
`,m0="return 1.0 / (1.0 + exp(-1.0 * a));",d0="return sign(a);",f0="return sin(a);",h0=`
  let e2x = exp(a);
  return (e2x - 1.0 / e2x) / 2.0;
`,g0=`
  let epsilon = 1.1920928955078125e-7;
  let threshold = log(epsilon) + 2.0;

  let too_large = a > -threshold;
  let too_small = a < threshold;
  let exp_a = exp(a);

  if (too_large) {
    return a;
  } else if (too_small) {
    return exp_a;
  } else {
    return log(exp_a + 1.0);
  }
`,x0="return sqrt(a);",y0="return a * a;",w0=`
  if (isnan(a)) {
    return a;
  }

  return select(uniforms.stepAlpha, 1.0, a > 0.0);
`,b0="return tan(a);",S0=`
  let e2x = exp(-2.0 * abs(a));
  return sign(a) * (1.0 - e2x) / (1.0 + e2x);
`,I0="return f32(i32((a)));";function tt(r,t){switch(r){case E.ABS:return PC;case E.ACOS:return DC;case E.ACOSH:return $C;case E.ASIN:return MC;case E.ASINH:return NC;case E.ATAN:return BC;case E.ATANH:return LC;case E.COS:return OC;case E.COSH:return UC;case E.CEIL:return zC;case E.ELU:return t?GC:VC;case E.ERF:return HC;case E.EXP:return qC;case E.EXPM1:return WC;case E.FLOOR:return KC;case E.IS_FINITE:return jC;case E.IS_INF:return XC;case E.IS_NAN:return YC;case E.LINEAR:return QC;case E.LOG:return ZC;case E.LOG1P:return JC;case E.LOGICAL_NOT:return e0;case E.NEG:return t0;case E.LEAKYRELU:return t?o0:r0;case E.RECIPROCAL:return n0;case E.RELU:return t?u0:s0;case E.RELU6:return t?a0:i0;case E.ROUND:return l0;case E.RSQRT:return c0;case E.SELU:return p0;case E.SIGMOID:return m0;case E.SIGN:return d0;case E.SIN:return f0;case E.SINH:return h0;case E.SOFTPLUS:return g0;case E.SQRT:return x0;case E.SQUARE:return y0;case E.STEP:return w0;case E.TAN:return b0;case E.TANH:return S0;case E.TO_INT:return I0;default:throw new Error(`BinaryType ${r} is not implemented!`)}}var Be=class{constructor(t,e,o=""){this.variableNames=["A"],this.size=!0;let n=128;this.workgroupSize=[n,1,1],this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.op=e,o!==""&&(this.uniforms=o),this.shaderKey=`unary_${e}`}getUserCode(){return`
      fn unaryOperation(a : f32) -> f32 {
        ${tt(this.op,!1)}
      }
      ${T("index")} {
        if (index < uniforms.size) {
          let a = getAByOutputIndex(index);
          setOutputAtIndex(index, unaryOperation(a));
        }
      }
      `}};function K({opType:r,cpuKernelImpl:t,dtype:e}){return({inputs:o,backend:n})=>{let{x:s}=o,i=n,a=e||s.dtype;if(i.shouldExecuteOnCPU([s])&&t!=null){let l=i.tensorMap.get(s.dataId),c=t(l.values,a);return i.makeTensorInfo(s.shape,a,c)}let u=new Be(s.shape,r);return i.runWebGPUProgram(u,[s],a)}}function Q({opType:r,cpuKernelImpl:t,supportsComplex:e=!1,dtype:o}){return({inputs:n,backend:s})=>{let{a:i,b:a}=n,u=s;if(e&&i.dtype==="complex64"){let p=u.tensorMap.get(i.dataId),m=u.tensorMap.get(a.dataId),d,f;if(r!==D.MUL)[d,f]=[[p.complexTensorInfos.real,m.complexTensorInfos.real],[p.complexTensorInfos.imag,m.complexTensorInfos.imag]].map(g=>{let[y,w]=g,b={dataId:y.dataId,dtype:y.dtype,shape:i.shape},I={dataId:w.dataId,dtype:w.dtype,shape:a.shape},C=new Et(r,i.shape,a.shape);return u.runWebGPUProgram(C,[b,I],Pe(y.dtype,w.dtype))});else{let g=new Io(D.COMPLEX_MULTIPLY_REAL,i.shape,a.shape),y=new Io(D.COMPLEX_MULTIPLY_IMAG,i.shape,a.shape),w=[{dataId:p.complexTensorInfos.real.dataId,dtype:p.complexTensorInfos.real.dtype,shape:i.shape},{dataId:p.complexTensorInfos.imag.dataId,dtype:p.complexTensorInfos.imag.dtype,shape:i.shape},{dataId:m.complexTensorInfos.real.dataId,dtype:m.complexTensorInfos.real.dtype,shape:a.shape},{dataId:m.complexTensorInfos.imag.dataId,dtype:m.complexTensorInfos.imag.dtype,shape:a.shape}];d=u.runWebGPUProgram(g,w,"float32"),f=u.runWebGPUProgram(y,w,"float32")}let h=yr({inputs:{real:d,imag:f},backend:u});return u.disposeData(d.dataId),u.disposeData(f.dataId),h}let l=o||Pe(i.dtype,a.dtype);if((i.dtype==="string"||a.dtype==="string"||u.shouldExecuteOnCPU([i,a]))&&t!=null){let p=u.tensorMap.get(i.dataId).values,m=u.tensorMap.get(a.dataId).values,d=i.dtype==="string"?S.fromUint8ToStringArray(p):p,f=i.dtype==="string"?S.fromUint8ToStringArray(m):m,[h,g]=t(i.shape,a.shape,d,f,l);return u.makeTensorInfo(g,l,h)}let c=new Et(r,i.shape,a.shape);return u.runWebGPUProgram(c,[i,a],l)}}var{addImpl:tm,castImpl:rm,ceilImpl:om,concatImpl:nm,equalImpl:sm,expImpl:im,expm1Impl:eL,floorImpl:am,floorDivImpl:um,gatherNdImpl:tL,gatherV2Impl:lm,greaterEqualImpl:cm,greaterImpl:pm,lessEqualImpl:mm,lessImpl:dm,logImpl:fm,maxImpl:hm,maximumImpl:gm,minimumImpl:xm,multiplyImpl:ym,negImpl:wm,notEqualImpl:bm,prodImpl:Sm,rangeImpl:Im,rsqrtImpl:Cm,scatterImpl:rL,simpleAbsImpl:vm,sliceImpl:km,stridedSliceImpl:Am,stringNGramsImpl:oL,subImpl:Rm,tileImpl:Em,topKImpl:_m,transposeImpl:Tm,uniqueImpl:nL}=Yi;var C0=K({opType:E.ABS,cpuKernelImpl:vm}),Fm={kernelName:"Abs",backendName:"webgpu",kernelFunc:C0};var v0=Q({opType:D.ADD,cpuKernelImpl:tm,supportsComplex:!0}),Pm={kernelName:"Add",backendName:"webgpu",kernelFunc:v0};var wr=class{constructor(t,e,o){this.workgroupSize=[64,1,1],this.variableNames=["x"],this.uniforms="infinityValue : f32,",this.size=!0;let n=[e];this.op=o==="min"?"<":">";let[s,i]=S.computeOutAndReduceShapes(t,n);this.outputShape=s.length===0?[1]:s,this.dispatchLayout=M(this.outputShape),x.sizeFromShape(i)<32?(this.type="plain",this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize)):(this.type="shared",this.dispatch=F(this.dispatchLayout,this.outputShape,[1,1,1])),this.inputShape=t,this.shaderKey=`argMinMax_${this.op}_${this.type}`}getUserCode(){let t=this.workgroupSize[0],e=()=>this.inputShape.length===1?"uniforms.xShape":`uniforms.xShape.${Ne(this.inputShape.length-1)}`,o=()=>{let n="";if(this.outputShape.length===1)this.inputShape.length!==1&&(n+="outputCoords,");else for(let s=0;s<this.outputShape.length;s++)n+=`outputCoords.${Ne(s)},`;return n};return this.type==="shared"?`
      fn DIV_CEIL(a : u32, b : u32) -> u32 {
        return ((a - 1u) / b + 1u);
      }

      ${`
      var<workgroup> xBestIndices : array<i32, ${t}>;
      var<workgroup> xBestValues : array<f32, ${t}>;
    `}

      ${T("index")} {
        let outputIndex = index / ${t};
        let reduceLength = ${e()};

        var bestIndex = i32(localId.x);
        var bestValue = uniforms.infinityValue;
        let outputCoords = getCoordsFromIndex(outputIndex);
        for (var k = i32(localId.x); k < reduceLength && outputIndex < uniforms.size;
            k = k + ${t}) {
          let candidate = getX(${o()} k);
          if (!isnan(candidate) && candidate ${this.op} bestValue) {
            bestValue = candidate;
            bestIndex = k;
          }
        }
        xBestValues[localId.x] = bestValue;
        xBestIndices[localId.x] = bestIndex;
        workgroupBarrier();

        var reduceSize = min(u32(reduceLength), ${t}u);
        for (var currentSize = reduceSize / 2u; reduceSize > 1u;
            currentSize = reduceSize / 2u) {
          let interval = DIV_CEIL(reduceSize, 2u);
          if (localId.x < currentSize) {
            let candidate = xBestValues[localId.x + interval];
            if (candidate ${this.op} bestValue) {
              bestValue = candidate;
              xBestValues[localId.x] = bestValue;
              xBestIndices[localId.x] = xBestIndices[localId.x + interval];
            }
          }
          reduceSize = interval;
          workgroupBarrier();
        }

        if (localId.x == 0u && outputIndex < uniforms.size) {
          setOutputAtIndexI32(outputIndex, xBestIndices[localId.x]);
        }
      }
    `:`
      ${T("index")} {
        if (index < uniforms.size) {
          let outputCoords = getCoordsFromIndex(index);
          var bestIndex = 0;
          var bestValue = getX(${o()} 0);
          let reduceLength = ${e()};
          for (var i = 1; i < reduceLength; i++) {
            let candidate = getX(${o()} i);
            if (candidate ${this.op} bestValue) {
              bestValue = candidate;
              bestIndex = i;
            }
          }
          setOutputAtIndexI32(index, bestIndex);
        }
      }
      `}};var Pn=class{constructor(t,e){this.variableNames=["A"],this.workgroupSize=[16,16,1];let o=new Array(t.length);for(let n=0;n<o.length;n++)o[n]=t[e[n]];this.outputShape=o,this.dispatchLayout={x:[0],y:[1]},this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[1,1,1]),this.shaderKey="transposeShared"}getUserCode(){x.assert(this.workgroupSize[0]===this.workgroupSize[1],()=>`Must be a square tile, current tile shape is ${this.workgroupSize[0]} x ${this.workgroupSize[1]}`);let t=this.workgroupSize[0];return`
      var<workgroup> tile : array<array<f32, ${this.workgroupSize[0]+1}>, ${this.workgroupSize[0]}>;
      ${T()} {
        var x = i32(workgroupId.x) * ${t} + i32(localId.x);
        var y = i32(workgroupId.y) * ${t} + i32(localId.y);
        let width = uniforms.outShape[0];
        let height = uniforms.outShape[1];
        if (x < width && y < height) {
          tile[localId.y][localId.x] = f32(A[y * width + x]);
        }
        workgroupBarrier();

        x = i32(workgroupId.y) * ${t} + i32(localId.x);
        y = i32(workgroupId.x) * ${t} + i32(localId.y);
        if (x < height && y < width) {
          setOutputAtIndex((y * height + x), tile[localId.x]
            [localId.y]);
        }
      }
    `}};var Dn=class{constructor(t,e){this.variableNames=["A"],this.workPerThread=1,this.workgroupSize=[64,1,1],this.size=!0;let o=new Array(t.length);for(let n=0;n<o.length;n++)o[n]=t[e[n]];this.outputShape=o,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[this.workPerThread,1,1]),this.newDim=e,this.shaderKey=`transpose_${e}`}getUserCode(){let t=ce(this.outputShape.length),e=k0(this.newDim);return`
      ${T("index")} {
        for(var i = 0; i < ${this.workPerThread}; i = i + 1) {
          let flatIndex = index * ${this.workPerThread} + i;
          if(flatIndex < uniforms.size) {
            let coords = getCoordsFromIndex(flatIndex);
            setOutputAtIndex(flatIndex, A[getIndexFromCoords${this.outputShape.length}D(
              ${t}(${e}), uniforms.aShape)]);
          }
        }
      }
    `}};function k0(r){let t=r.length;if(t>6)throw Error(`Transpose for rank ${t} is not yet supported`);let e=new Array(t);for(let o=0;o<r.length;o++)e[r[o]]=`coords.${Ne(o)}`;return e.join()}function _t(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{perm:s}=o,i=e,a=n.shape.length,u=new Array(a);for(let c=0;c<u.length;c++)u[c]=n.shape[s[c]];if(e.shouldExecuteOnCPU([n])){let p=i.tensorMap.get(n.dataId).values,m=Tm(p,n.shape,n.dtype,s,u);return e.makeTensorInfo(u,n.dtype,m)}if(n.shape.length===2&&x.arraysEqual(s,[1,0])){let c=new Pn(n.shape,s);return i.runWebGPUProgram(c,[n],n.dtype)}let l=new Dn(n.shape,s);return i.runWebGPUProgram(l,[n],n.dtype)}var Dm={kernelName:Jr,backendName:"webgpu",kernelFunc:_t};function A0(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{axis:s}=o,i=x.parseAxisParam(s,n.shape),a=S.getAxesPermutation(i,n.shape.length),u=n,l=[];a!=null&&(u=_t({inputs:{x:n},backend:e,attrs:{perm:a}}),l.push(u),i=S.getInnerMostAxes(i.length,u.shape.length)),S.assertAxesAreInnerMostDims("argMax",[i[0]],u.shape.length);let c=new wr(u.shape,i[0],"max"),p=[{type:"float32",data:[Number.NEGATIVE_INFINITY]}],m=e.runWebGPUProgram(c,[u],"int32",p);return l.forEach(d=>e.disposeData(d.dataId)),m}var $m={kernelName:Uo,backendName:"webgpu",kernelFunc:A0};function R0(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{axis:s}=o,i=x.parseAxisParam(s,n.shape),a=S.getAxesPermutation(i,n.shape.length),u=n,l=[];a!=null&&(u=_t({inputs:{x:n},backend:e,attrs:{perm:a}}),l.push(u),i=S.getInnerMostAxes(i.length,u.shape.length)),S.assertAxesAreInnerMostDims("argMin",[i[0]],u.shape.length);let c=new wr(u.shape,i[0],"min"),p=[{type:"float32",data:[Number.POSITIVE_INFINITY]}],m=e.runWebGPUProgram(c,[u],"int32",p);return l.forEach(d=>e.disposeData(d.dataId)),m}var Mm={kernelName:Wo,backendName:"webgpu",kernelFunc:R0};var $n=class{constructor(t){this.variableNames=["x"],this.uniforms="strides : vec2<i32>,",this.workgroupSize=[256,1,1],this.size=!0,this.outputShape=t.outShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="poolWithFilterSizeEqualsOne"}getUserCode(){return`
      ${T("index")} {
        if (index < uniforms.size) {
          let coords = getCoordsFromIndex(index);
          let batch = coords[0];
          let d = coords[3];

          let xRCCorner = coords.yz * uniforms.strides;
          let xRCorner = xRCCorner.x;
          let xCCorner = xRCCorner.y;

          let value = getX(batch, xRCorner, xCCorner, d);
          setOutputAtIndex(index, value);
        }
      }
    `}};var Co=class{constructor(t,e,o=!1,n=!1,s=!1){if(this.variableNames=["x"],this.uniforms="strides : vec2<i32>, pads : vec2<i32>, dilations : vec2<i32>, convDims : vec2<i32>, filterDims : vec2<i32>,",this.workgroupSize=[128,1,1],this.size=!0,e==="avg"&&o)throw new Error("Cannot compute positions for average pool.");this.outputShape=t.outShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.poolType=e,this.computePositions=o,this.flattenPositions=n,this.includeBatchIndex=s,this.shaderKey=`pool2D_${e}_${o}_${n}_${s}`}getUserCode(){let t;this.poolType==="avg"?t="resultValue = resultValue + value; count = count + 1.0;":this.computePositions?t=`let currMaxValue = mix(value, maxValue, maxValueFound);
      if (value >= currMaxValue) {
        maxValue = value;
        maxValueFound = 1.0;
        maxPosition = ${this.flattenPositions?this.includeBatchIndex?"((batch * uniforms.xShape[1] + xR) * uniforms.xShape[2] + xC) * uniforms.xShape[3] + d":"(xR * uniforms.xShape[2] + xC) * uniforms.xShape[3] + d":"wR * uniforms.filterDims.y + wC"};
      }`:t="resultValue = max(value, resultValue);";let e="resultValue";return this.poolType==="avg"&&(e="resultValue / max(count, 1.0)"),`
      ${T("index")} {
      if (index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
          let batch = coords[0];
          let d = coords[3];
          let xRCCorner = vec2<i32>(coords.yz) * uniforms.strides - uniforms.pads;
          let xRCorner = xRCCorner.x;
          let xCCorner = xRCCorner.y;

          ${this.computePositions?`var maxValue = 0.0;
            var maxValueFound = 0.0;
            var maxPosition = 0;`:`var resultValue = ${this.poolType==="avg"?"0.0":"-1.0 / pow(10.0, -20.0)"};`}

          var count = 0.0;
          for (var wR = 0; wR < uniforms.filterDims.x; wR = wR + uniforms.dilations.x) {
            let xR = xRCorner + wR;

            if (xR < 0 || xR >= uniforms.convDims.x) {
              continue;
            }

            for (var wC = 0; wC < uniforms.filterDims.y; wC = wC + uniforms.dilations.y) {
              let xC = xCCorner + wC;
              if (xC < 0 || xC >= uniforms.convDims.y) {
                continue;
              }

              let value = getX(batch, xR, xC, d);
              ${t}
            }
          }

          ${this.computePositions?"setOutputAtIndexI32(index, maxPosition);":`setOutputAtIndex(index, ${e});`}
        }
      }
    `}};function z(r){let{inputs:t,attrs:e}=r,{x:o}=t,{shape:n}=e,s=x.sizeFromShape(o.shape),i=x.inferFromImplicitShape(n,s),a=x.sizeFromShape(i);return x.assert(s===a,()=>`The new shape (${i}) has ${a} elements and the old shape (${o.shape}) has ${s} elements. The new shape and old shape must have the same number of elements.`),r.backend.incRef(o.dataId),{dataId:o.dataId,shape:i,dtype:o.dtype}}var Nm={kernelName:tr,backendName:"webgpu",kernelFunc:z};var Mn=class{constructor(t,e,o){this.variableNames=["x"],this.uniforms="reduceSize : i32,",this.size=!0,this.inputShape=[t.batchSize,t.inSize];let[n]=S.computeOutAndReduceShapes(this.inputShape,[1]);this.outputShape=n.length===0?[1]:n,t.inSize>=32768&&o>=512?this.workgroupSize=[512,1,1]:t.inSize>=4096?this.workgroupSize=[256,1,1]:this.workgroupSize=[64,1,1],this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,[1,1,1]),this.reduceType=e,this.shaderKey=`reduce_${e}`}getUserCode(){let t="",e="0.0",o=this.workgroupSize[0];this.reduceType==="min"||this.reduceType==="max"?(t=`
         if (isnan(candidate)) {
          bestValue = uniforms.NAN;
         } else if (!isnan(bestValue) && candidate ${this.reduceType==="min"?"<":">"} bestValue)
           {  bestValue = candidate; }`,e="f32(x[offset])"):this.reduceType==="sum"||this.reduceType==="mean"?t=" bestValue = bestValue + candidate; ":this.reduceType==="prod"?(t=" bestValue = bestValue * candidate; ",e="1.0"):this.reduceType==="all"?(t=" bestValue = f32(bestValue >= 1.0 && candidate >= 1.0); ",e="1.0"):this.reduceType==="any"&&(t=" bestValue = f32(bestValue >= 1.0 || candidate >= 1.0); ",e="0.0");let n=this.reduceType==="mean"?"setOutputAtIndex(outputIndex, bestValue / f32(uniforms.reduceSize));":"setOutputAtIndex(outputIndex, bestValue);";return`
       fn DIV_CEIL(a : u32, b : u32) -> u32 {
        return ((a - 1u) / b + 1u);
       }

       ${`
         var<workgroup> xBestValues : array<f32, ${o}>;
       `}
       fn getOffset(outputIndex : i32) -> i32 {
         let outputCoords = getCoordsFromIndex(outputIndex);
         let offset = ${this.outputShape.length===1?"outputCoords":"outputCoords[0]"} * uniforms.reduceSize;
          return offset;
       }
       ${T("index")} {
         let outputIndex = index / ${o};
         let offset = getOffset(outputIndex);
         var bestValue = ${e};
         let Length = uniforms.reduceSize;
         let WorkPerThread = DIV_CEIL(u32(Length), ${o}u);
         for (var k = i32(localId.x); k < Length && outputIndex < uniforms.size;
             k = k + ${o}) {
           let candidate = f32(x[offset + k]);
           ${t}
         }
         xBestValues[localId.x] = bestValue;
         workgroupBarrier();

         var reduceSize = min(u32(Length), ${o}u);
         for (var currentSize = reduceSize / 2u; reduceSize > 1u;
             currentSize = reduceSize / 2u) {
           let interval = DIV_CEIL(reduceSize, 2u);
           if (localId.x < currentSize) {
            let candidate = xBestValues[localId.x + interval];
            ${t}
            xBestValues[localId.x] = bestValue;
           }
           reduceSize = interval;
           workgroupBarrier();
         }

         if (localId.x == 0u && outputIndex < uniforms.size) {
          ${n}
        }
       }
     `}};var E0={mean:"float32",all:"bool",any:"bool"};function Ke(r,t,e,o,n){let s=r.shape.length,i=[],a=x.parseAxisParam(t,r.shape),u=a,l=S.getAxesPermutation(u,s),c=r;l!=null&&(c=_t({inputs:{x:r},attrs:{perm:l},backend:n}),u=S.getInnerMostAxes(u.length,s),i.push(c)),S.assertAxesAreInnerMostDims(o,u,s);let[p,m]=S.computeOutAndReduceShapes(c.shape,u),d=p;e&&(d=S.expandShapeToKeepDim(p,a));let f;if((o==="max"||o==="prod")&&n.shouldExecuteOnCPU([c])){let h=n.tensorMap.get(c.dataId).values;switch(o){case"max":let g=hm(h,x.sizeFromShape(m),d,r.dtype);f=n.makeTensorInfo(d,r.dtype,g);break;case"prod":let{outVals:y,outShape:w,outDtype:b}=Sm(c.shape,c.dtype,h,u);f=n.makeTensorInfo(w,b,y);break;default:throw new Error(`${o} CPU implementation is not yet supported.`)}}else{let h=x.sizeFromShape(m),y=x.sizeFromShape(c.shape)/h,w={windowSize:h,inSize:h,batchSize:y,outSize:1},b=E0[o]||ii(r.dtype),I=[{type:"int32",data:[h]}],C=new Mn(w,o,n.device.limits.maxComputeWorkgroupSizeX),k=n.runWebGPUProgram(C,[c],b,I);i.push(k),f=z({inputs:{x:k},attrs:{shape:d},backend:n})}return i.forEach(h=>n.disposeData(h.dataId)),f}function ua(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{reductionIndices:s,keepDims:i}=o;return Ke(n,s,i,"max",e)}var Bm={kernelName:"Max",backendName:"webgpu",kernelFunc:ua};function la(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{keepDims:s,axis:i}=o;return Ke(n,i,s,"mean",e)}var Lm={kernelName:Vr,backendName:"webgpu",kernelFunc:la};function Nn(r,t,e,o){if(t.filterWidth===1&&t.filterHeight===1&&x.arraysEqual(t.inShape,t.outShape))return fe({inputs:{x:r},backend:o});if(t.filterWidth===t.inWidth&&t.filterHeight===t.inHeight&&t.batchSize===1&&t.padInfo.type==="VALID"){let i=r.shape.length,a=z({inputs:{x:r},backend:o,attrs:{shape:[r.shape[i-3]*r.shape[i-2],r.shape[i-1]]}}),u;e==="avg"?u=la({inputs:{x:a},backend:o,attrs:{axis:0,keepDims:!1}}):(x.assert(e==="max",()=>`Invalid pool type ${e}`),u=ua({inputs:{x:a},backend:o,attrs:{reductionIndices:0,keepDims:!1}}));let l=z({inputs:{x:u},backend:o,attrs:{shape:t.outShape}});return o.disposeData(a.dataId),o.disposeData(u.dataId),l}let n,s=[{type:"int32",data:[t.strideHeight,t.strideWidth]}];return t.filterHeight===1&&t.filterWidth===1?n=new $n(t):(e==="avg"?n=new Co(t,"avg"):(x.assert(e==="max",()=>`Invalid pool type ${e}`),n=new Co(t,"max")),s.push({type:"int32",data:[t.padInfo.top,t.padInfo.left]},{type:"int32",data:[t.dilationHeight,t.dilationWidth]},{type:"int32",data:[t.inHeight,t.inWidth]},{type:"int32",data:[t.effectiveFilterHeight,t.effectiveFilterWidth]})),o.runWebGPUProgram(n,[r],r.dtype,s)}function _0(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{filterSize:s,strides:i,pad:a,dimRoundingMode:u}=o,c=S.computePool2DInfo(n.shape,s,i,1,a,u);return Nn(n,c,"avg",e)}var zm={kernelName:Mr,backendName:"webgpu",kernelFunc:_0};function he(r,t=!1,e=!1,o=3){if(r===null)return"";let n="";if(r==="linear")n=tt(E.LINEAR);else if(r==="relu")n=tt(E.RELU,e);else if(r==="elu")n=tt(E.ELU,e);else if(r==="relu6")n=tt(E.RELU6,e);else if(r==="prelu")n=gr(D.PRELU,e);else if(r==="sigmoid")n=tt(E.SIGMOID,e);else if(r==="leakyrelu")n=tt(E.LEAKYRELU,e);else throw new Error(`Activation ${r} has not been implemented for the WebGPU backend.`);let i=V(e?4:1),a="";return t?a=`
      fn activation(a : ${i}, coords : vec${o}<i32>) -> ${i} {
        let b = getPreluActivationWeightsByOutputCoords(coords);
        ${n}
      }`:a=`
      fn activation(a : ${i}, coords : vec${o}<i32>) -> ${i} {
        ${n}
      }`,a}function _e(r,t){return`
      ${r?"value = value + getBiasByOutputCoords(coords);":""}
      ${t?"value = activation(value, coords);":""}
      `}function ca(r,t,e=!1,o=!1,n=!1,s=1){x.assert(r&&s===1||!r,()=>`transposeA ${r} is not compatible with component size ${s}`);let i=`
      ${r?"value = getA(batch, col, row);":"value = getA(batch, row, col);"}

    `,a=t?"value = getB(batch, col, row);":"value = getB(batch, row, col);";return`
  fn mm_readA(batch: i32, row: i32, col: i32) -> ${V(s)} {
    var value = ${V(s)}(0.0);
    ${e&&n?i:`
    ${r?"if(row < uniforms.dimAOuter && col < uniforms.dimInner)":"if(row < uniforms.aShape[1] && col < uniforms.aShape[2])"}
    {
      ${i}
    }
    `}
    return value;
  }

  fn mm_readB(batch: i32, row: i32, col: i32) -> ${V(s)} {
    var value = ${V(s)}(0.0);
    ${a}
    return value;
  }
  `}function vo(r,t,e,o,n=!1,s=!1,i=!1,a=1){return`
  ${ca(e,o,n,s,i,a)}
  fn mm_write(batch: i32, row: i32, col: i32, valueIn: ${V(a)}) {
    ${n&&s?"":"if (row < uniforms.dimAOuter && col < uniforms.dimBOuter)"}
    {
      var value = valueIn;
      let coords = vec3<i32>(batch, row, col);
      ${_e(r,t)}
      setOutputAtCoords(coords[0], coords[1], coords[2], value);
    }
  }
  `}var T0=(r,t)=>r?`
        mm_Asub[inputRow][inputCol] = mm_readA(batchA,
          kStart + inputRow,
          globalRowStart + inputCol * ${t});
        `:`
        mm_Asub[inputRow][inputCol] = mm_readA(batchA,
          globalRow + innerRow,
          kStart + inputCol * ${t});
        `,F0=(r,t,e,o)=>{if(r)return`
      for (var k = 0; k < ${o}; k++) {
        let BCached0 = mm_Bsub[k][tileCol];
        let ACached0 = mm_Asub[k][localRow];
        for (var i = 0; i < ${e}; i++) {
          acc[i] = fma(BCached0, vec4<f32>(ACached0[i]), acc[i]);
        }
      }`;{let n="",s="";for(let i=0;i<t;i++)n+=`let BCached${i} = mm_Bsub[k * ${t} + ${i}][tileCol];`,s+=`acc[i] = fma(BCached${i}, vec4<f32>(ACached[${i}]), acc[i]);`;return`
      for (var k = 0; k < ${o/t}; k++) {
        ${n}
        for (var i = 0; i < ${e}; i++) {
          let ACached = mm_Asub[tileRow + i][k];
          ${s}
        }
      }`}};function Tt(r,t,e=!1,o=32,n=!1,s=32,i=!1){let a=t[1]*r[1],u=t[0]*r[0],l=e?a:o,c=e?o:a,p=l/t[0],m=o/t[1],d=r[1],f=r[0];return x.assert((e&&p===4&&r[1]===4||!e&&(p===3||p===4))&&l%t[0]===0&&o%t[1]===0&&r[0]===4,()=>`If transposeA ${e} is true, innerElementSize ${p} and workPerThread[1] ${r[1]} must be 4.
          Otherwise, innerElementSize ${p} must be 3 or 4.
      tileAWidth ${l} must be divisible by workgroupSize[0]${t[0]}. tileInner ${o} must be divisible by workgroupSize[1] ${t[1]}. colPerThread ${r[0]} must be 4.`),`
  var<workgroup> mm_Asub : array<array<vec${p}<f32>, ${l/p}>, ${c}>;
  var<workgroup> mm_Bsub : array<array<vec4<f32>, ${u/r[0]}>, ${o}>;

  ${T()} {
    let localRow = i32(localId.y);
    let tileRow = localRow * ${d};
    let tileCol = i32(localId.x);

    let globalRow = i32(globalId.y) * ${d};
    let globalCol = i32(globalId.x) * ${f};
    let batch = ${n?"0":"i32(globalId.z)"};
    let batchA = ${n||!i?"batch":"batch % uniforms.aShape[0]"};
    let batchB = ${n||!i?"batch":"batch % uniforms.bShape[0]"};
    let globalRowStart = i32(workgroupId.y) * ${a};

    let numTiles = ${n?`${Math.ceil(s/o)}`:`(uniforms.dimInner - 1) / ${o} + 1`};
    var kStart = ${n?`i32(globalId.z) * ${s}`:"0"};

    var acc: array<vec4<f32>, ${d}>;

    // Loop over shared dimension.
    let tileRowB = localRow * ${m};
    for (var t = 0; t < numTiles; t++) {
        // Load one tile of A into local memory.
        for (var innerRow = 0; innerRow < ${d}; innerRow++) {
            let inputRow = tileRow + innerRow;
            let inputCol = tileCol;
            ${T0(e,p)}
        }

        // Load one tile of B into local memory.
        for (var innerRow = 0; innerRow < ${m}; innerRow++) {
            let inputRow = tileRowB + innerRow;
            let inputCol = tileCol;
            mm_Bsub[inputRow][inputCol] = mm_readB(batchB, kStart + inputRow, globalCol);
        }
        kStart = kStart + ${o};
        workgroupBarrier();

        // Compute acc values for a single thread.
        ${F0(e,p,d,o)}
        workgroupBarrier();
    }

    for (var innerRow = 0; innerRow < ${d}; innerRow++) {
        mm_write(batch, globalRow + innerRow, globalCol, acc[innerRow]);
    }
  }`}var Om=r=>r?`
        mm_Asub[inputRow][inputCol] = mm_readA(batchA,
          kStart + inputRow,
          globalRowStart + inputCol);
        `:`
        mm_Asub[inputRow][inputCol] = mm_readA(batchA,
          globalRowStart + inputRow,
          kStart + inputCol);
        `,P0=r=>r?"let ACached = mm_Asub[k][tileRow + innerRow];":"let ACached = mm_Asub[tileRow + innerRow][k];";function Ft(r,t,e=!1,o=32,n=!1,s=32,i=!1,a=!1){let u=r[1]*t[1],l=r[0]*t[0],c=e?u:o,p=e?o:u;x.assert(p%t[1]===0&&c%t[0]===0&&o%t[1]===0,()=>`tileAHight ${p} must be divisible by workgroupSize[1]${t[1]}, tileAWidth ${c} must be divisible by workgroupSize[0]${t[0]}, tileInner ${o} must be divisible by workgroupSize[1]${t[1]}`);let m=p/t[1],d=c/t[0],f=o/t[1],h=r[1],g=r[0],y=i?`
      let localRow = i32(localId.y);
      let localCol = i32(localId.x);
      let globalRowStart = i32(workgroupId.y) * ${u};
      let globalColStart = i32(workgroupId.x) * ${l};

      // Loop over shared dimension.
      for (var t = 0; t < numTiles; t++) {
        // Load one tile of A into local memory.
        for (var inputRow = localRow; inputRow < ${p}; inputRow = inputRow + ${t[1]}) {
          for (var inputCol = localCol; inputCol < ${c}; inputCol = inputCol + ${t[0]}) {
            ${Om(e)}
          }
        }
        // Load one tile of B into local memory.
        for (var inputRow = localRow; inputRow < ${o}; inputRow = inputRow + ${t[1]}) {
              for (var inputCol = localCol; inputCol < ${l}; inputCol = inputCol + ${t[0]}) {
            mm_Bsub[inputRow][inputCol] = mm_readB(batchB,
              kStart + inputRow,
              globalColStart + inputCol);
          }
        }
        kStart = kStart + ${o};
        workgroupBarrier();

        // Compute acc values for a single thread.
        var BCached : array<f32, ${g}>;
        for (var k = 0; k < ${o}; k++) {
          for (var inner = 0; inner < ${g}; inner++) {
            BCached[inner] = mm_Bsub[k][localCol + inner * ${t[0]}];
          }
          for (var innerRow = 0; innerRow < ${h}; innerRow++) {
            let ACached = ${e?`mm_Asub[k][localRow + innerRow * ${t[1]}];`:`mm_Asub[localRow + innerRow * ${t[1]}][k];`}
            for (var innerCol = 0; innerCol < ${g}; innerCol++) {
              acc[innerRow][innerCol] =
                  fma(ACached, BCached[innerCol], acc[innerRow][innerCol]);
            }
          }
        }
        workgroupBarrier();
      }
      for (var innerRow = 0; innerRow < ${h}; innerRow++) {
        let gRow = globalRowStart + localRow + innerRow * ${t[1]};
        for (var innerCol = 0; innerCol < ${g}; innerCol++) {
          let gCol = globalColStart + localCol + innerCol * ${t[0]};
          mm_write(batch, gRow, gCol, acc[innerRow][innerCol]);
        }
      }
      `:`
  let tileRow = i32(localId.y) * ${h};
  let tileCol = i32(localId.x) * ${g};

  let globalRow = i32(globalId.y) * ${h};
  let globalCol = i32(globalId.x) * ${g};
  let globalRowStart = i32(workgroupId.y) * ${u};

  let tileRowA = i32(localId.y) * ${m};
  let tileColA = i32(localId.x) * ${d};
  let tileRowB = i32(localId.y) * ${f};
  // Loop over shared dimension.
  for (var t = 0; t < numTiles; t++) {
    // Load one tile of A into local memory.
    for (var innerRow = 0; innerRow < ${m}; innerRow++) {
      for (var innerCol = 0; innerCol < ${d}; innerCol++) {
        let inputRow = tileRowA + innerRow;
        let inputCol = tileColA + innerCol;
        ${Om(e)}
      }
    }

    // Load one tile of B into local memory.
    for (var innerRow = 0; innerRow < ${f}; innerRow++) {
      for (var innerCol = 0; innerCol < ${g}; innerCol++) {
        let inputRow = tileRowB + innerRow;
        let inputCol = tileCol + innerCol;
        mm_Bsub[inputRow][inputCol] = mm_readB(batchB,
          kStart + inputRow,
          globalCol + innerCol);
      }
    }
    kStart = kStart + ${o};
    workgroupBarrier();

    // Compute acc values for a single thread.
    var BCached : array<f32, ${g}>;
    for (var k = 0; k < ${o}; k++) {
      for (var inner = 0; inner < ${g}; inner++) {
        BCached[inner] = mm_Bsub[k][tileCol + inner];
      }

      for (var innerRow = 0; innerRow < ${h}; innerRow++) {
        ${P0(e)}
        for (var innerCol = 0; innerCol < ${g}; innerCol++) {
          acc[innerRow][innerCol] =
              fma(ACached, BCached[innerCol], acc[innerRow][innerCol]);
        }
      }
    }

    workgroupBarrier();
  }

  for (var innerRow = 0; innerRow < ${h}; innerRow++) {
    for (var innerCol = 0; innerCol < ${g}; innerCol++) {
      mm_write(batch, globalRow + innerRow, globalCol + innerCol,
          acc[innerRow][innerCol]);
    }
  }
  `;return`
    var<workgroup> mm_Asub : array<array<f32, ${c}>, ${p}>;
    var<workgroup> mm_Bsub : array<array<f32, ${l}>, ${o}>;

    ${T()} {
      let batch = ${n?"0":"i32(globalId.z)"};
      let batchA = ${n||!a?"batch":"batch % uniforms.aShape[0]"};
      let batchB = ${n||!a?"batch":"batch % uniforms.bShape[0]"};
      let numTiles = ${n?`${Math.ceil(s/o)}`:`(uniforms.dimInner - 1) / ${o} + 1`};
      var kStart = ${n?`i32(globalId.z) * ${s}`:"0"};

      var acc : array<array<f32, ${g}>, ${h}>;

      // Without this initialization strange values show up in acc.
      for (var innerRow = 0; innerRow < ${h}; innerRow++) {
        for (var innerCol = 0; innerCol < ${g}; innerCol++) {
          acc[innerRow][innerCol] = 0.0;
        }
      }
      ${y}
    }
  `}var D0=r=>r?`
      mm_readA(batchA, colA, globalRow),
      mm_readA(batchA, colA + 1, globalRow),
      mm_readA(batchA, colA + 2, globalRow),
      mm_readA(batchA, colA + 3, globalRow)
  `:`
      mm_readA(batchA, globalRow, colA),
      mm_readA(batchA, globalRow, colA + 1),
      mm_readA(batchA, globalRow, colA + 2),
      mm_readA(batchA, globalRow, colA + 3)
  `;function $0(r,t=!1){x.assert(r[1]===1&&r[2]===1,()=>`A linear work group size is required. But got ${r}.`);let e=r[0]*4;return`
    var<workgroup> mm_Asub : array<vec4<f32>, ${r[0]}>;

    ${T()} {
      let tileCol = i32(localId.x);
      let globalCol = i32(globalId.x);
      let globalRow = i32(globalId.y);

      let numTiles = (uniforms.dimInner - 1) / ${e} + 1;
      let batch = i32(globalId.z);
      let batchA = batch % uniforms.aShape[0];
      let batchB = batch % uniforms.bShape[0];
      // Without this initialization strange values show up in acc.
      var acc = 0.0;

      // Loop over shared dimension.
      for (var t = 0; t < numTiles; t++) {
        // Load one tile of A into local memory.
        let colA = t * ${e} + tileCol * 4;
        mm_Asub[tileCol] = vec4<f32>(${D0(t)});
        workgroupBarrier();

        // Compute acc values for a single thread.
        for (var k = 0; k < ${e/4}; k++) {
          let rowB = t * ${e} + k * 4;
          let BCached = vec4<f32>(mm_readB(batchB, rowB, globalCol),
                              mm_readB(batchB, rowB + 1, globalCol),
                              mm_readB(batchB, rowB + 2, globalCol),
                              mm_readB(batchB, rowB + 3, globalCol));

          let ACached = mm_Asub[k];
          acc = acc + dot(ACached, BCached);
        }

        workgroupBarrier();
      }

      mm_write(batch, globalRow, globalCol, acc);
    }
  `}var Bn=class{constructor(t,e,o=!1,n=!1,s=null,i=null,a=null,u=!1){this.variableNames=["A","B"],this.uniforms="dimAOuter : i32, dimBOuter : i32, dimInner : i32,",this.outputShape=e,this.dispatchLayout={x:[2],y:[1],z:[0]};let l=o?t[1]:t[2];if(this.isVec4=(l%4===0&&!o||e[1]%4===0&&o)&&e[2]%4===0&&!n,this.outputComponent=this.isVec4?4:1,this.isVectorA=e[1]===1&&!o,!this.isVec4&&this.isVectorA)this.elementsPerThread=[1,1,1],this.workgroupSize=[32,1,1];else{let m=Jp(e[1],l,e[2],o);this.workgroupSize=m.workgroupSize,this.elementsPerThread=m.elementsPerThread}this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,this.elementsPerThread);let c=s!=null,p=a!=null;c&&this.variableNames.push("bias"),p&&this.variableNames.push("preluActivationWeights"),this.sequentialAccessByThreads=u,this.transposeA=o,this.transposeB=n,this.addBias=c,this.activation=i,this.hasPreluActivationWeights=p,[this.fitAOuter,this.fitBOuter,this.fitInner]=this.getShapeFit(e[1],e[2],l),this.shaderKey=`matMulPacked_${this.elementsPerThread}_${o}_${n}_${this.activation}_${this.fitAOuter}_${this.fitBOuter}_${this.fitInner}_${this.isVec4}_${this.isVectorA}_${this.sequentialAccessByThreads}`}getShapeFit(t,e,o){let n=this.workgroupSize[1]*this.elementsPerThread[1],s=this.workgroupSize[0]*this.elementsPerThread[0];!this.isVec4&&this.isVectorA?this.tileInner=this.workgroupSize[0]*4:this.tileInner=s;let i=t%n===0,a=e%s===0,u=o%this.tileInner===0;return[i,a,u]}getUserCode(){return`
      ${he(this.activation,this.hasPreluActivationWeights,this.isVec4)}
      ${vo(this.addBias,this.activation,!1,this.transposeB,this.fitAOuter,this.fitBOuter,this.fitInner,this.isVec4?4:1)}
      ${this.isVec4?Tt(this.elementsPerThread,this.workgroupSize,this.transposeA,this.tileInner,!1,null,!0):this.isVectorA?$0(this.workgroupSize,this.transposeA):Ft(this.elementsPerThread,this.workgroupSize,this.transposeA,this.tileInner,!1,null,this.sequentialAccessByThreads,!0)}
    `}};function M0(r){return`
    var<workgroup> sumValues : array<f32, ${r}>;
    ${T()} {
      let coords = getOutputCoords();
      let batch = coords[0];
      let batchA = batch % uniforms.aShape[0];
      let batchB = batch % uniforms.bShape[0];
      let row = coords[1];
      let col = coords[2];
      var sum = 0.0;
      let Length = uniforms.dimInner;
      for (var k = i32(localId.x); k < Length; k = k + ${r}) {
        let dataA = mm_readA(batchA, row, k);
        let dataB = mm_readB(batchB, k, col);
        sum = sum + dataA * dataB;
      }
      sumValues[localId.x] = sum;
      workgroupBarrier();

      for(var currentSize = ${r/2}u; currentSize > 1u;
          currentSize = currentSize / 2u) {
        if (localId.x < currentSize)
        {
          sumValues[localId.x] = sumValues[localId.x] + sumValues[localId.x + currentSize];
        }
        workgroupBarrier();
      }

      if (localId.x == 0u) {
        sum = sumValues[0] + sumValues[1];
        mm_write(batch, row, col, sum);
      }
    }
  `}var Ln=class{constructor(t,e=!1,o=!1,n=null,s=null,i=null){this.variableNames=["A","B"],this.uniforms="dimAOuter : i32, dimBOuter : i32, dimInner : i32,",this.workgroupSize=[256,1,1],this.outputShape=t,this.dispatchLayout={x:[],y:[1,2],z:[0]},this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize);let a=n!=null,u=i!=null;a&&this.variableNames.push("bias"),u&&this.variableNames.push("preluActivationWeights"),this.transposeA=e,this.transposeB=o,this.addBias=a,this.activation=s,this.hasPreluActivationWeights=u,this.shaderKey=`matMulReduce_${this.activation}_${e}_${o}`}getUserCode(){return`
      ${he(this.activation,this.hasPreluActivationWeights)}
      ${vo(this.addBias,this.activation,this.transposeA,this.transposeB)}
      ${M0(this.workgroupSize[0])}
    `}};function N0(r){let t=r[1],e=r[0],o=t>e?t:e;return`
  var<workgroup> mm_Asub : array<array<f32, ${o}>, ${t}>;
  var<workgroup> mm_Bsub : array<array<f32, ${e}>, ${o}>;

  // If the output size is small for matrix multiplication, avoid to use vec4
  // and handle some elements per thread to optimally utilize the ALU.
  // Read data from global memory to registers firstly, then store them into
  // shared memory, so it is instruction-Level parallelism for arithmetic
  // operations and others handle IO operations between barrier api, makes ALU
  // and load/store units work simultaneously, could improves the performance.
  ${T()} {
    let tileRow = i32(localId.y);
    let tileCol = i32(localId.x);
    let globalRow = i32(globalId.y);
    let globalCol = i32(globalId.x);
    let batch = i32(globalId.z);
    let batchA = batch % uniforms.aShape[0];
    let batchB = batch % uniforms.bShape[0];

    // uniforms.dimInner should be greater than 0.
    let numTiles = (uniforms.dimInner - 1) / ${o} + 1;
    var acc = 0.0;

    var globalColA = tileCol;
    var globalRowB = 0;
    var regA = mm_readA(batchA, globalRow, globalColA);
    var regB0 = mm_readB(batchB, globalRowB + 2 * tileRow, globalCol);
    var regB1 = mm_readB(batchB, globalRowB + 2 * tileRow + 1, globalCol);
    globalColA = globalColA + ${o};
    globalRowB = globalRowB + ${o};

    for (var t = 0; t < numTiles; t = t + 1) {
      mm_Asub[tileRow][tileCol] = regA;
      mm_Bsub[2 * tileRow][tileCol] = regB0;
      mm_Bsub[2 * tileRow + 1][tileCol] = regB1;

      workgroupBarrier();

      regA = mm_readA(batchA, globalRow, globalColA);
      regB0 = mm_readB(batchB, globalRowB + 2 * tileRow, globalCol);
      regB1 = mm_readB(batchB, globalRowB + 2 * tileRow + 1, globalCol);
      globalColA = globalColA + ${o};
      globalRowB = globalRowB + ${o};

      for (var k = 0; k < ${o}; k = k + 1) {
        acc = acc + mm_Asub[tileRow][k] * mm_Bsub[k][tileCol];
      }
      workgroupBarrier();
    }

    mm_write(batch, globalRow, globalCol, acc);
  }
  `}var zn=class{constructor(t,e,o,n=!1,s=!1,i=null,a=null,u=null){this.variableNames=["A","B"],this.uniforms="dimAOuter : i32, dimBOuter : i32, dimInner : i32,",this.workgroupSize=[16,8,1],this.outputShape=o,this.dispatchLayout={x:[2],y:[1],z:[0]},this.dispatch=[Math.ceil(o[2]/this.workgroupSize[0]),Math.ceil(o[1]/this.workgroupSize[1]),o[0]];let l=i!=null;l&&this.variableNames.push("bias");let c=u!=null;c&&this.variableNames.push("preluActivationWeights"),this.transposeA=n,this.transposeB=s,this.addBias=l,this.activation=a,this.hasPreluActivationWeights=c,this.shaderKey=`matMulSmallOutputSize_${this.activation}_${n}_${s}`}getUserCode(){return`
      ${he(this.activation,this.hasPreluActivationWeights)}
      ${vo(this.addBias,this.activation,this.transposeA,this.transposeB)}
      ${N0(this.workgroupSize)}
    `}};var On=class{constructor(t,e,o=!1,n=!1){this.variableNames=["A","B"],this.uniforms="dimAOuter : i32, dimBOuter : i32, dimInner : i32,",this.workgroupSize=[8,8,1],this.atomic=!0,this.splitedDimInner=128,x.assert(t[0]===1,()=>"MatMulSplitKProgram only supports batch = 1."),this.outputShape=t,this.dispatchLayout={x:[2],y:[1],z:[0,3]};let s=(o&&this.outputShape[1]%4===0||!o&&e%4===0)&&this.outputShape[2]%4===0;this.elementsPerThread=[4,4,this.splitedDimInner],this.outputComponent=s?4:1,s||(this.outputShape[1]<16&&(this.elementsPerThread[1]=1),this.outputShape[2]<16&&(this.elementsPerThread[0]=1)),this.dispatch=F(this.dispatchLayout,[this.outputShape[0],this.outputShape[1],this.outputShape[2],e],this.workgroupSize,this.elementsPerThread),this.transposeA=o,this.transposeB=n,this.shaderKey=`matMulSplitK_${o}_${n}_${this.elementsPerThread}_${this.outputComponent}`}getUserCode(){let t=this.outputComponent;return`
      ${ca(!1,this.transposeB,!1,!1,!1,t)}
      fn mm_write(batch: i32, row : i32, col : i32, value : ${V(t)}) {
        if (row < uniforms.dimAOuter && col < uniforms.dimBOuter) {
          let coords = vec3<i32>(batch, row, col);
          let flatIndex = getOutputIndexFromCoords(coords);
          // The problem is that we should initialize output to zero before using.
          // Otherwise, the original value will be added to the result.
          for (var i = 0; i < ${t}; i = i + 1) {
            ${qp("&result[flatIndex + i]",`${t>1?"value[i]":"value"}`,"float32")}
          }
        }
      }
      ${t===4?Tt(this.elementsPerThread,this.workgroupSize,this.transposeA,32,!0,this.splitedDimInner):Ft(this.elementsPerThread,this.workgroupSize,this.transposeA,32,!0,this.splitedDimInner)}
    `}},Un=class{constructor(t,e=null,o=null,n=null){this.uniforms="",this.variableNames=["x"],this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.addBias=e!=null,this.hasPreluActivationWeights=n!=null,this.activation=o,this.addBias&&this.variableNames.push("bias"),this.hasPreluActivationWeights&&this.variableNames.push("preluActivationWeights"),this.shaderKey=`biasActivation_${o}`}getUserCode(){return`
    ${he(this.activation,this.hasPreluActivationWeights)}
    ${T("index")} {
      if (index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
        var value = getXByOutputIndex(index);
        ${_e(this.addBias,this.activation)}
        setOutputAtIndex(index, value);
      }
    }
    `}};var Wn=class{constructor(t){this.variableNames=[],this.outputShape=[],this.uniforms="value : f32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="fill"}getUserCode(){return`
    ${T("index")} {
      if (index < uniforms.size) {
        setOutputAtIndex(index, uniforms.value);
      }
    }
  `}};function Pt(r){let{backend:t,attrs:e}=r,{shape:o,value:n}=e,{dtype:s}=e;if(s=s||x.inferDtype(n),s==="string"){let i=x.getArrayFromDType(s,x.sizeFromShape(o));return i.fill(n),t.makeTensorInfo(o,s,i)}else{let i=new Wn(o),a=[{type:"float32",data:[n]}];return t.runWebGPUProgram(i,[],s,a)}}var Um={kernelName:qo,backendName:"webgpu",kernelFunc:Pt};function ko({a:r,b:t,transposeA:e,transposeB:o,backend:n,bias:s=null,preluActivationWeights:i=null,leakyreluAlpha:a=0,activation:u=null}){let l=r.shape.length,c=t.shape.length,p=e?r.shape[l-2]:r.shape[l-1],m=o?t.shape[c-1]:t.shape[c-2],d=e?r.shape[l-1]:r.shape[l-2],f=o?t.shape[c-2]:t.shape[c-1],h=r.shape.slice(0,-2),g=t.shape.slice(0,-2),y=x.sizeFromShape(h),w=x.sizeFromShape(g),I=vt.assertAndGetBroadcastShape(r.shape.slice(0,-2),t.shape.slice(0,-2)).concat([d,f]);x.assert(p===m,()=>`Error in matMul: inner shapes (${p}) and (${m}) of Tensors with shapes ${r.shape} and ${t.shape} and transposeA=${e} and transposeB=${o} must match.`);let C=e?[y,p,d]:[y,d,p],k=o?[w,f,m]:[w,m,f],A=z({inputs:{x:r},backend:n,attrs:{shape:C}}),P=z({inputs:{x:t},backend:n,attrs:{shape:k}}),_=[A,P],O=Math.max(y,w),N=[A,P],U=[{type:"int32",data:[d]},{type:"int32",data:[f]},{type:"int32",data:[p]}],H,X,Z=[O,d,f],ne=$().get("WEBGPU_MATMUL_PROGRAM_TYPE");if(ne<0){let ve=$().getNumber("WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL"),Te=ve>0?ve:n.thresholdToIncreaseWorkgroups,ye=O*Math.ceil(d/32)*Math.ceil(f/32);ye<=Te||d<=8&&ye<=Te*2?O*d*f<=128?ne=Oe.MatMulReduceProgram:O===1&&m>=2e3?ne=Oe.MatMulSplitKProgram:ne=Oe.MatMulSmallOutputSizeProgram:ne=Oe.MatMulPackedProgram}switch(ne){case Oe.MatMulReduceProgram:H=new Ln(Z,e,o,s,u,i);break;case Oe.MatMulSplitKProgram:{if(X=Pt({backend:n,attrs:{shape:Z,value:0,dtype:r.dtype}}),H=new On(Z,m,e,o),s||u){X=n.runWebGPUProgram(H,N,r.dtype,U,X);let Te=new Un(X.shape,s,u,i),ye=null,Fe=[X];s&&Fe.push(s),i&&Fe.push(i),u==="leakyrelu"&&(ye=[{type:"float32",data:[a]}],Te.uniforms+=" alpha : f32,");let be=n.runWebGPUProgram(Te,Fe,X.dtype,ye);_.push(X);let ge=z({inputs:{x:be},backend:n,attrs:{shape:I}});_.push(be);for(let Er of _)n.disposeData(Er.dataId);return ge}break}case Oe.MatMulSmallOutputSizeProgram:H=new zn(C,k,Z,e,o,s,u,i);break;case Oe.MatMulPackedProgram:let ve=n.adapterInfo.isIntel();H=new Bn(C,Z,e,o,s,u,i,ve);break;default:throw new Error(`Unsupported MatMulProgramType ${ne}.`)}s&&N.push(s),i&&N.push(i),u==="leakyrelu"&&(U.push({type:"float32",data:[a]}),H.uniforms+=" alpha : f32,"),X=n.runWebGPUProgram(H,N,r.dtype,U,X);let Ue=z({inputs:{x:X},backend:n,attrs:{shape:I}});_.push(X);for(let ve of _)n.disposeData(ve.dataId);return Ue}function B0(r){let{inputs:t,backend:e,attrs:o}=r,{a:n,b:s}=t,{transposeA:i,transposeB:a}=o;return ko({a:n,b:s,transposeA:i,transposeB:a,backend:e})}var Wm={kernelName:Nr,backendName:"webgpu",kernelFunc:B0};var pa=Q({opType:D.NOT_EQUAL,dtype:"bool",cpuKernelImpl:bm}),Vm={kernelName:Zt,backendName:"webgpu",kernelFunc:pa};function Vn(r){let{inputs:t,backend:e}=r,{input:o}=t,n=e.tensorMap.get(o.dataId);return fe({inputs:{x:n.complexTensorInfos.real},backend:e})}function Gm(r,t){let e=new Be(r.shape,E.TO_INT),o=t.runWebGPUProgram(e,[r],"int32");return{dataId:o.dataId,shape:o.shape,dtype:o.dtype}}function ma(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{dtype:s}=o;if(s==="complex64"){if(n.dtype==="complex64")return fe({inputs:{x:n},backend:e});let i=po(n.shape),a=ma({inputs:{x:n},backend:e,attrs:{dtype:"float32"}}),u=yr({inputs:{real:a,imag:i},backend:e});return i.dispose(),e.disposeData(a.dataId),u}if(n.dtype==="complex64"){let i=Vn({inputs:{input:n},backend:e}),a=ma({inputs:{x:i},backend:e,attrs:{dtype:s}});return e.disposeData(i.dataId),a}if(!x.hasEncodingLoss(n.dtype,s)){let i=fe({inputs:{x:n},backend:e});return{dataId:i.dataId,shape:i.shape,dtype:s}}if(e.shouldExecuteOnCPU([n])){let i=e.tensorMap.get(n.dataId).values,[a,u,l]=rm(i,n.shape,n.dtype,s);return e.makeTensorInfo(a,u,l)}if(s==="int32")return Gm(n,e);if(s==="bool"){let i=e.makeTensorInfo([],"bool",x.getTypedArrayFromDType("bool",1)),u=pa({inputs:{a:n,b:i},backend:e});return e.disposeData(i.dataId),u}throw new Error(`Error in Cast: failed to cast ${n.dtype} to ${s}`)}var Hm={kernelName:Ye,backendName:"webgpu",kernelFunc:ma};var L0=K({opType:E.CEIL,cpuKernelImpl:om}),qm={kernelName:Wt,backendName:"webgpu",kernelFunc:L0};var Gn=class{constructor(t){this.variableNames=["A"],this.uniforms="minVal : f32, maxVal : f32,",this.workPerThread=4,this.workgroupSize=[64,1,1],this.outputComponent=4,this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[this.workPerThread,1,1]),this.shaderKey="clipVec4"}getUserCode(){return`
      ${T("index")} {
        if(index < uniforms.size) {
          let value = getAByOutputIndex(index);
          var clampedValue = clamp(
              value, vec4<f32>(uniforms.minVal), vec4<f32>(uniforms.maxVal));
          clampedValue = select(clampedValue, value, isnanVec4(value));
          setOutputAtIndex(index, clampedValue);
        }
      }
    `}};var Hn=class{constructor(t){this.variableNames=["A"],this.uniforms="minVal : f32, maxVal : f32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="clip"}getUserCode(){return`
      ${T("index")} {
        if(index < uniforms.size) {
          let value = getAByOutputIndex(index);
          if (isnan(value)) {
            setOutputAtIndex(index, value);
            return;
          }
          setOutputAtIndex(index, clamp(value, uniforms.minVal, uniforms.maxVal));
        }
      }
    `}};function z0(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{clipValueMin:s,clipValueMax:i}=o,a,u=[{type:"float32",data:[s]},{type:"float32",data:[i]}];return x.sizeFromShape(n.shape)%4===0?a=new Gn(n.shape):a=new Hn(n.shape),e.runWebGPUProgram(a,[n],n.dtype,u)}var Km={kernelName:Br,backendName:"webgpu",kernelFunc:z0};var qn=class{constructor(t){this.uniforms="",this.workPerThread=1,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=S.computeOutShape(t,1),this.variableNames=t.map((e,o)=>`T${o}`),this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[this.workPerThread,1,1]),this.offsetLength=t.length-1;for(let e=0;e<this.offsetLength;e++)this.uniforms+=`offset${e} : i32,`;this.shaderKey="concat"}getUserCode(){let t=[];if(this.offsetLength>0){t.push("if (yC < uniforms.offset0){ setOutputAtCoords(coords.x, coords.y, getT0(yR, yC)); }");for(let s=1;s<this.offsetLength;s++)t.push(`else if (yC < uniforms.offset${[s]}){ setOutputAtCoords(coords.x, coords.y, getT${s}(yR, yC - uniforms.offset${s-1})); }`);let o=this.offsetLength,n=this.offsetLength-1;t.push(`else { setOutputAtCoords(coords.x, coords.y, getT${o}(yR, yC - uniforms.offset${n})); }`)}else t.push("setOutputAtCoords(coords.x, coords.y, getT0(yR, yC));");return`
      ${T("index")} {
        for(var i = 0; i < ${this.workPerThread}; i = i + 1) {
          let flatIndex = index * ${this.workPerThread} + i;
          if(flatIndex < uniforms.size) {
            let coords = getCoordsFromIndex(flatIndex);
            let yR = coords.x;
            let yC = coords.y;

            ${t.join(`
        `)}
          }
        }
      }
    `}};function jm(r){let{inputs:t,backend:e}=r,{input:o}=t,n=e.tensorMap.get(o.dataId);return fe({inputs:{x:n.complexTensorInfos.imag},backend:e})}function br(r,t,e){let o=r[0].dtype;if(o==="complex64"){let f=r.map(b=>Vn({inputs:{input:b},backend:e})),h=r.map(b=>jm({inputs:{input:b},backend:e})),g=br(f,t,e),y=br(h,t,e),w=yr({inputs:{real:g,imag:y},backend:e});return f.forEach(b=>e.disposeData(b.dataId)),h.forEach(b=>e.disposeData(b.dataId)),e.disposeData(g.dataId),e.disposeData(y.dataId),w}let n=e.shouldExecuteOnCPU(r);if(o==="string"&&(n=!0),n){let f=r.map(C=>{let A=[-1,x.sizeFromShape(C.shape.slice(t))];return z({inputs:{x:C},backend:e,attrs:{shape:A}})}),h=f.map(C=>({vals:e.readSync(C.dataId),shape:C.shape})),g=S.computeOutShape(f.map(C=>C.shape),1),y=f[0].shape[0]===1,w=nm(h,g,o,y),b=S.computeOutShape(r.map(C=>C.shape),t),I=e.makeTensorInfo(b,o,w);return f.forEach(C=>e.disposeData(C.dataId)),I}let s=e.device.limits.maxStorageBuffersPerShaderStage-1;if(r.length>s){let f=[];for(let g=0;g<r.length;g+=s){let y=r.slice(g,g+s);f.push(br(y,t,e))}let h=br(f,t,e);for(let g of f)e.disposeData(g.dataId);return h}let{tensors2D:i,outShape:a}=O0(r,t,e),u=i.map(f=>f.shape),l=new qn(u),c=[],p=new Array(u.length-1);if(p.length>0){p[0]=u[0][1],c.push({type:"int32",data:[p[0]]});for(let f=1;f<p.length;f++)p[f]=p[f-1]+u[f][1],c.push({type:"int32",data:[p[f]]})}let m=e.runWebGPUProgram(l,i,i[0].dtype,c);i.forEach(f=>e.disposeData(f.dataId));let d=z({inputs:{x:m},backend:e,attrs:{shape:a}});return e.disposeData(m.dataId),d}function O0(r,t,e){let o=S.computeOutShape(r.map(s=>s.shape),t);return{tensors2D:r.map(s=>z({inputs:{x:s},backend:e,attrs:{shape:[x.sizeFromShape(s.shape.slice(0,t)),x.sizeFromShape(s.shape.slice(t))]}})),outShape:o}}function da(r){let{inputs:t,backend:e,attrs:o}=r,{axis:n}=o,s=x.parseAxisParam(n,t[0].shape)[0],i=t.map(l=>l.shape);S.assertParamsConsistent(i,s);let a=S.computeOutShape(t.map(l=>l.shape),s);if(x.sizeFromShape(a)===0)return e.makeTensorInfo(a,t[0].dtype,[]);let u=t.filter(l=>x.sizeFromShape(l.shape)>0);return u.length===1?fe({inputs:{x:u[0]},backend:e}):br(u,s,e)}var Xm={kernelName:Go,backendName:"webgpu",kernelFunc:da};function U0(r,t,e,o,n=!1,s=null,i=!1,a=4,u=4,l=4){let c=_=>{switch(_){case 1:return"resData = f32(x[xIndex]);";case 3:return"resData = vec3<f32>(x[xIndex], x[xIndex + 1], x[xIndex + 2]);";case 4:return"resData = vec4<f32>(x[xIndex / 4]);";default:throw new Error(`innerElementSize ${_} is not supported.`)}},p=_=>{switch(_){case 1:return"return f32(W[row * uniforms.wShape[3] + col]);";case 4:return"return vec4<f32>(W[(row * uniforms.wShape[3] + col) / 4]);";default:throw new Error(`innerElementSize ${_} is not supported.`)}},m=r?`
      let coord = vec4<i32>(batch, xRow, xCol, xCh);
      `:`
      let coord = vec4<i32>(batch, xCh, xRow, xCol);
      `,d=r?`
      let coords = vec4<i32>(
        batch,
        row / outWidth,
        row % outWidth,
        col);
      `:`
      let coords = vec4<i32>(
        batch,
        row,
        col / outWidth,
        col % outWidth);
      `,f=r?"uniforms.xShape[1]":"uniforms.xShape[2]",h=r?"uniforms.xShape[2]":"uniforms.xShape[3]",g=r?"row":"col",y=r?"col":"row",w=`
      let inChannels = uniforms.wShape[2];
      let outWidth = ${r?"uniforms.outShape[2]":"uniforms.outShape[3]"};
      let outRow = ${g} / outWidth;
      let outCol = ${g} % outWidth;

      let WRow = ${y} / (uniforms.filterDims[1] * inChannels);
      let WCol = ${y} / inChannels % uniforms.filterDims[1];
      let xRow = outRow * uniforms.strides[0] + uniforms.dilations[0] * WRow - uniforms.pads[0];
      let xCol = outCol * uniforms.strides[1] + uniforms.dilations[1] * WCol - uniforms.pads[1];
      let xCh = ${y} % inChannels;
      var resData = ${V(a)}(0.0);
      // The bounds checking is always needed since we use it to pad zero for
      // the 'same' padding type.
      if (xRow >= 0 && xRow < ${f} && xCol >= 0 && xCol < ${h}) {
        ${m}
        let xIndex = getIndexFromCoords4D(coord, uniforms.xShape);
        ${c(a)}
      }
      return resData;`,b=r?t&&o?`
      ${w}`:`
      if (row < uniforms.dimAOuter && col < uniforms.dimInner) {
        ${w}
      }
      return ${V(a)}(0.0);`:o&&e?`
      ${w}`:`
      if (row < uniforms.dimInner && col < uniforms.dimBOuter) {
        ${w}
      }
      return ${V(a)}(0.0);`,I=`${p(u)}`,C=V(l),k=r?V(a):V(u),A=r?V(u):V(a);return`
      ${he(s,i,l===4,4)}
      fn mm_readA(batch: i32, row : i32, col : i32) -> ${k} {
        ${r?b:I}
      }

      fn mm_readB(batch: i32, row : i32, col : i32) -> ${A} {
        ${r?I:b}
      }

      fn mm_write(batch: i32, row : i32, col : i32, valueIn : ${C}) {
        if (row < uniforms.dimAOuter && col < uniforms.dimBOuter)
        {
        var value = valueIn;
        let outWidth = ${r?"uniforms.outShape[2]":"uniforms.outShape[3]"};
        ${d}
        ${_e(n,s)}
        setOutputAtCoords(coords[0], coords[1], coords[2], coords[3], value);
        }
      }`}var Kn=class{constructor(t,e,o,n,s=!1,i=null,a=!1,u=!1){this.variableNames=["x","W"],this.uniforms="filterDims : vec2<i32>, pads : vec2<i32>, strides : vec2<i32>, dilations : vec2<i32>, dimAOuter : i32, dimBOuter : i32, dimInner : i32,",this.outputShape=t.outShape,this.isChannelsLast=t.dataFormat==="channelsLast",this.isVec4=((t.inChannels%4===0||t.inChannels%3===0)&&this.isChannelsLast||t.outWidth%4===0&&!this.isChannelsLast)&&t.outChannels%4===0,this.dispatchLayout=this.isChannelsLast?{x:[3],y:[1,2],z:[0]}:{x:[2,3],y:[1],z:[0]},this.workgroupSize=Tn(this.dispatchLayout,this.outputShape,this.isVec4),this.elementsPerThread=Fn(this.dispatchLayout,this.outputShape,this.isVec4),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,this.elementsPerThread),this.isVec4?(this.outputComponent=4,this.isChannelsLast&&t.inChannels%4!==0?(this.innerElementSize=3,this.variableComponents=[1,4]):(this.innerElementSize=4,this.variableComponents=[4,4]),s&&(this.variableNames.push("bias"),this.variableComponents.push(4)),a&&(this.variableNames.push("preluActivationWeights"),this.variableComponents.push(4))):(this.innerElementSize=this.elementsPerThread[0],s&&this.variableNames.push("bias"),a&&this.variableNames.push("preluActivationWeights")),this.sequentialAccessByThreads=u,this.addBias=s,this.activation=i,this.hasPreluActivationWeights=a,this.tileAOuter=this.workgroupSize[1]*this.elementsPerThread[1],this.tileBOuter=this.workgroupSize[0]*this.elementsPerThread[0],this.tileInner=Math.max(this.workgroupSize[0]*this.innerElementSize,this.workgroupSize[1]),this.fitAOuter=e%this.tileAOuter===0,this.fitBOuter=o%this.tileBOuter===0,this.fitInner=n%this.tileInner===0,this.shaderKey=`conv2DMM_${this.elementsPerThread}_${this.activation}}_${this.fitAOuter}_${this.fitBOuter}_${this.fitInner}_${this.isVec4}_${this.innerElementSize}_${this.isChannelsLast}_${this.sequentialAccessByThreads}`}getUserCode(){let t=this.isVec4?Tt(this.elementsPerThread,this.workgroupSize,!this.isChannelsLast,this.tileInner):Ft(this.elementsPerThread,this.workgroupSize,!this.isChannelsLast,this.tileInner,!1,null,this.sequentialAccessByThreads),e=this.isVec4?[this.innerElementSize,4,4]:[1,1,1];return`
    ${U0(this.isChannelsLast,this.fitAOuter,this.fitBOuter,this.fitInner,this.addBias,this.activation,this.hasPreluActivationWeights,e[0],e[1],e[2])}
    ${t}
  `}};var jn=class{constructor(t,e=!1,o=null,n=!1){this.variableNames=["x","W"],this.uniforms="filterDims: vec2<i32>, pads: vec2<i32>, strides: vec2<i32>, dilations: vec2<i32>,",this.workgroupSize=[4,4,8],this.outputShape=t.outShape,this.isChannelsLast=t.dataFormat==="channelsLast",this.dispatchLayout=this.isChannelsLast?{x:[2],y:[1],z:[0,3]}:{x:[3],y:[2],z:[0,1]},this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.addBias=e,this.activation=o,this.hasPreluActivationWeights=n,e&&this.variableNames.push("bias"),n&&this.variableNames.push("preluActivationWeights"),this.shaderKey=`conv2dnaive_${this.activation}_${this.isChannelsLast}`}getUserCode(){return`
       ${he(this.activation,this.hasPreluActivationWeights,!1,4)}
       fn readInp(batch : i32, row : i32, col : i32, chan : i32) -> f32{
         let coords = vec4<i32>(batch, row, col, chan);
         if (coordsInBounds4D(coords, uniforms.xShape)) {
           return  getX(batch, row, col, chan);
         } else {
          return 0.0;
         }
       }
       fn readFilt(row : i32, col : i32, xChannel : i32, outChannel : i32) -> f32{
         let coords = vec4<i32>(row, col, xChannel, outChannel);
         if(coordsInBounds4D(coords, uniforms.wShape)) {
           return getW(row, col, xChannel, outChannel);
          } else {
            return 0.0;
          }
       }
       fn writeResult(batch : i32, row : i32, col : i32, chan : i32, valueIn : f32) {
         let coords = ${this.isChannelsLast?"vec4<i32>(batch, row, col, chan);":"vec4<i32>(batch, chan, row, col);"}
         if (coordsInBounds4D(coords, uniforms.outShape)) {
           var value = valueIn;
           ${_e(this.addBias,this.activation)}
           setOutputAtCoords(coords.x, coords.y, coords.z, coords.w, value);
         }
       }
       ${T("index")} {
         let coords = getOutputCoords();
         let batch = coords[0];
         let outChannel = ${this.isChannelsLast?"coords[3];":"coords[1];"}
         let outRow = ${this.isChannelsLast?"coords[1];":"coords[2];"}
         let outCol = ${this.isChannelsLast?"coords[2];":"coords[3];"}
         var acc : f32 = 0.0;
         for (var row = 0; row < uniforms.filterDims[0]; row = row + 1) {
           for (var col = 0; col < uniforms.filterDims[1]; col = col + 1) {
             let xRow = outRow * uniforms.strides[0] + uniforms.dilations[0] * row - uniforms.pads[0];
             let xCol = outCol * uniforms.strides[1] + uniforms.dilations[1] * col - uniforms.pads[1];
             for (var xChannel = 0; xChannel < ${this.isChannelsLast?"uniforms.xShape[3];":"uniforms.xShape[1];"} xChannel = xChannel + 1) {
               ${this.isChannelsLast?"let v = readInp(batch, xRow, xCol, xChannel);":"let v = readInp(batch, xChannel, xRow, xCol);"}
               let f = readFilt(row, col, xChannel, outChannel);
               acc = acc + v * f;
             }
           }
         }
         writeResult(batch, outRow, outCol, outChannel, acc);
       }
     `}};var Xn=class{constructor(t,e){this.variableNames=["x"],this.uniforms=`pads : vec2<i32>, strides : vec2<i32>, dilations : vec2<i32>, outWidth : i32, itemsPerBlockRow : i32,
       inChannels : i32,`,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.isChannelsLast=e,this.shaderKey=`im2col_${this.isChannelsLast}`}getUserCode(){let t=this.isChannelsLast?1:2,e=this.isChannelsLast?2:3,o=this.isChannelsLast?"coords[1]":"coords[2]",n=this.isChannelsLast?"coords[2]":"coords[1]",s=this.isChannelsLast?"getX(batch, xRow, xCol, ch)":"getX(batch, ch, xRow, xCol)";return`
    ${T("index")} {
      let coords = getCoordsFromIndex(index);
      if(index < uniforms.size) {
        let batch = coords[0];
        let row = ${o};
        let col = ${n};
        let offsetY = (row / uniforms.outWidth) * uniforms.strides[0] - uniforms.pads[0];
        let xRow = offsetY + uniforms.dilations[0] * (col / uniforms.itemsPerBlockRow);
        var value = 0.0;
        if(xRow < uniforms.xShape[${t}] && xRow >= 0) {
          let offsetX = (row % uniforms.outWidth) * uniforms.strides[1] -
              uniforms.pads[1];
          let xCol = offsetX + uniforms.dilations[1] * ((col %
              uniforms.itemsPerBlockRow) / uniforms.inChannels);
          let ch = col % uniforms.inChannels;
          if(xCol < uniforms.xShape[${e}] && xCol >= 0) {
            value = ${s};
          }
        }
        setOutputAtIndex(index, value);
      }
    }
   `}};function Yn(r,t){let e=r.length;return e>=3?t?[...r.slice(0,-3),r[e-3]*r[e-2],r[e-1]]:[...r.slice(0,-3),r[e-3],r[e-2]*r[e-1]]:!t&&e===1&&r[0]>1?[r[0],1]:null}function W0({x:r,filter:t,convInfo:e,backend:o,bias:n=null,preluActivationWeights:s=null,leakyreluAlpha:i=0,activation:a=null}){let u=e.dataFormat==="channelsLast",l=!u,c=!1,p=u&&e.filterHeight===e.inHeight&&e.filterWidth===e.inWidth&&e.padInfo.type==="VALID",m=[],d,f;if(p){let y=e.inHeight*e.inWidth*e.inChannels;d=z({inputs:{x:r},backend:o,attrs:{shape:[1,e.batchSize,y]}}),f=z({inputs:{x:t},backend:o,attrs:{shape:[1,y,e.outChannels]}})}else d=z({inputs:{x:r},backend:o,attrs:{shape:u?[e.batchSize,e.inHeight*e.inWidth,e.inChannels]:[e.batchSize,e.inChannels,e.inHeight*e.inWidth]}}),f=z({inputs:{x:t},backend:o,attrs:{shape:[1,e.inChannels,e.outChannels]}});if(m.push(d),m.push(f),s!=null){let y=Yn(s.shape,u);y!=null&&(s=z({inputs:{x:s},backend:o,attrs:{shape:y}}),m.push(s))}if(n!=null){let y=Yn(n.shape,u);y!=null&&(n=z({inputs:{x:n},backend:o,attrs:{shape:y}}),m.push(n))}let h=ko({a:u?d:f,b:u?f:d,transposeA:l,transposeB:c,backend:o,bias:n,activation:a,preluActivationWeights:s,leakyreluAlpha:i}),g=z({inputs:{x:h},backend:o,attrs:{shape:e.outShape}});m.push(h);for(let y of m)o.disposeData(y.dataId);return g}function V0({x:r,filter:t,convInfo:e,backend:o,bias:n=null,preluActivationWeights:s=null,leakyreluAlpha:i=0,activation:a=null}){let{filterWidth:u,filterHeight:l,inChannels:c,strideWidth:p,strideHeight:m,padInfo:d,outWidth:f,outHeight:h,dilationWidth:g,dilationHeight:y,dataFormat:w}=e,b=w==="channelsLast",I=u*l*c,C=h*f,k=b?[e.batchSize,C,I]:[e.batchSize,I,C],A=new Xn(k,b),P=[{type:"int32",data:[d.top,d.left]},{type:"int32",data:[m,p]},{type:"int32",data:[y,g]},{type:"int32",data:[f]},{type:"int32",data:[c*u]},{type:"int32",data:[c]}],_=o.runWebGPUProgram(A,[r],r.dtype,P),O=[];O.push(_);let N=z({inputs:{x:t},backend:o,attrs:{shape:[1,I,-1]}});if(O.push(N),s!=null){let ne=Yn(s.shape,b);ne!=null&&(s=z({inputs:{x:s},backend:o,attrs:{shape:ne}}),O.push(s))}if(n!=null){let ne=Yn(n.shape,b);ne!=null&&(n=z({inputs:{x:n},backend:o,attrs:{shape:ne}}),O.push(n))}let X=ko({a:b?_:N,b:b?N:_,transposeA:!b,transposeB:!1,backend:o,bias:n,activation:a,preluActivationWeights:s,leakyreluAlpha:i}),Z=z({inputs:{x:X},backend:o,attrs:{shape:e.outShape}});O.push(X);for(let ne of O)o.disposeData(ne.dataId);return Z}function Qn({x:r,filter:t,convInfo:e,backend:o,bias:n=null,preluActivationWeights:s=null,leakyreluAlpha:i=0,activation:a=null}){let u=n!=null,l=s!=null,c=e.dataFormat==="channelsLast",p=c&&e.filterHeight===e.inHeight&&e.filterWidth===e.inWidth&&e.padInfo.type==="VALID",m=$().getBool("WEBGPU_USE_NAIVE_CONV2D_DEBUG");if(!m&&(p||e.filterHeight===1&&e.filterWidth===1&&e.dilationHeight===1&&e.dilationWidth===1&&e.strideHeight===1&&e.strideWidth===1&&(e.padInfo.type==="SAME"||e.padInfo.type==="VALID")))return W0({x:r,filter:t,convInfo:e,backend:o,bias:n,activation:a,preluActivationWeights:s,leakyreluAlpha:i});let d=$().getNumber("WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL"),f=d>-1?d:o.thresholdToIncreaseWorkgroups,h=e.batchSize*Math.ceil(e.outHeight*e.outWidth/32)*Math.ceil(e.outChannels/32);if($().getBool("WEBGPU_CONV_SEPARATE_IM2COL_SHADER")||h<=f)return V0({x:r,filter:t,convInfo:e,backend:o,bias:n,preluActivationWeights:s,leakyreluAlpha:i,activation:a});let g,y=[e.padInfo.top,e.padInfo.left],w=[{type:"int32",data:[e.filterHeight,e.filterWidth]},{type:"int32",data:[...y]},{type:"int32",data:[e.strideHeight,e.strideWidth]},{type:"int32",data:[e.dilationHeight,e.dilationWidth]}];if(m)g=new jn(e,u,a,l);else{let k=c?e.outHeight*e.outWidth:e.outChannels,A=c?e.outChannels:e.outHeight*e.outWidth,P=e.filterHeight*e.filterWidth*e.inChannels;w.push({type:"int32",data:[k]},{type:"int32",data:[A]},{type:"int32",data:[P]});let _=o.adapterInfo.isIntel();g=new Kn(e,k,A,P,u,a,l,_)}let b=[],I=[r,t];u&&(!c&&n.shape.length===1&&(n=z({inputs:{x:n},backend:o,attrs:{shape:[n.shape[0],1,1]}}),b.push(n)),I.push(n)),l&&(!c&&s.shape.length===1&&(s=z({inputs:{x:s},backend:o,attrs:{shape:[s.shape[0],1,1]}}),b.push(s)),I.push(s)),a==="leakyrelu"&&(w.push({type:"float32",data:[i]}),g.uniforms+=" alpha : f32,");let C=o.runWebGPUProgram(g,I,r.dtype,w);for(let k of b)o.disposeData(k.dataId);return C}function G0(r){let{inputs:t,attrs:e,backend:o}=r,{x:n,filter:s}=t,{strides:i,pad:a,dataFormat:u,dilations:l,dimRoundingMode:c}=e,p=S.convertConv2DDataFormat(u),m=S.computeConv2DInfo(n.shape,s.shape,i,l,a,c,!1,p);return Qn({x:n,filter:s,convInfo:m,backend:o})}var Ym={kernelName:Lr,backendName:"webgpu",kernelFunc:G0};function H0(r=4){let t=s=>{switch(s){case 1:return"return W[getIndexFromCoords4D(coord, uniforms.wShape)];";case 4:return`
            let coord1 = vec4<i32>(coordX, coordY, col + 1, rowInner);
            let coord2 = vec4<i32>(coordX, coordY, col + 2, rowInner);
            let coord3 = vec4<i32>(coordX, coordY, col + 3, rowInner);
            let v0 = W[getIndexFromCoords4D(coord, uniforms.wShape)];
            let v1 = W[getIndexFromCoords4D(coord1, uniforms.wShape)];
            let v2 = W[getIndexFromCoords4D(coord2, uniforms.wShape)];
            let v3 = W[getIndexFromCoords4D(coord3, uniforms.wShape)];
            return vec4<f32>(v0, v1, v2, v3);
            `;default:throw new Error(`innerElementSize ${s} is not supported.`)}},o=`if (row < uniforms.dimAOuter && col < uniforms.dimInner) {
        ${`
      let outRow = row / uniforms.outShape[2];
      let outCol = row % uniforms.outShape[2];

      let WRow = col / (uniforms.filterDims[1] * uniforms.outBackprop[3]);
      let WCol = col / uniforms.outBackprop[3] % uniforms.filterDims[1];
      let xR = f32(outRow - uniforms.pads[0] + WRow) / f32(uniforms.strides[0]);
      let xC = f32(outCol - uniforms.pads[1] + WCol) / f32(uniforms.strides[1]);
      if (xR < 0.0 || xR >= f32(uniforms.outBackprop[1]) || fract(xR) > 0.0) {
        return ${V(r)}(0.0);
      }
      if (xC < 0.0 || xC >= f32(uniforms.outBackprop[2]) || fract(xC) > 0.0) {
        return ${V(r)}(0.0);
      }
      let coord = vec4<i32>(
          batch,
          i32(xR),
          i32(xC),
          col % uniforms.outBackprop[3]);
      return x[getIndexFromCoords4D(coord, uniforms.xShape)/${r}];`}
      }
      return ${V(r)}(0.0);`;return`
  fn mm_readA(batch: i32, row : i32, col : i32) -> ${V(r)} {
    ${o}
  }

  fn mm_readB(batch: i32, row : i32, col : i32) -> ${V(r)} {
    let coordX = uniforms.filterDims.x - 1 -
        row / (uniforms.filterDims[1] * uniforms.outBackprop[3]);
    let coordY = uniforms.filterDims.y - 1 -
        (row / uniforms.outBackprop[3]) % uniforms.filterDims[1];
    if (row < uniforms.dimInner && col < uniforms.dimBOuter &&
        coordX >= 0 && coordY >= 0) {
      let rowInner = row % uniforms.outBackprop[3];
      let coord = vec4<i32>(coordX, coordY, col, rowInner);
      ${t(r)}
    }
    return ${V(r)}(0.0);
  }

  fn mm_write(batch: i32, row : i32, col : i32, valueInput : ${V(r)}) {
    if (row < uniforms.dimAOuter && col < uniforms.dimBOuter) {
      var value = valueInput;
      let outCoord = vec4<i32>(
          batch,
          row / uniforms.outShape[2],
          row % uniforms.outShape[2],
          col);
      result[getIndexFromCoords4D(outCoord, uniforms.outShape)/${r}] = value;
    }
  }`}var Zn=class{constructor(t){this.variableNames=["x","W"],this.uniforms="filterDims : vec2<i32>, pads : vec2<i32>, strides : vec2<i32>, outBackprop : vec4<i32>, dimAOuter : i32, dimBOuter : i32, dimInner : i32,",this.outputShape=t.inShape,x.assert(t.dataFormat==="channelsLast",()=>"TODO: NCHW is unimplemented"),this.isVec4=t.inChannels%4===0&&t.outChannels%4===0,this.dispatchLayout={x:[3],y:[1,2],z:[0]},this.workgroupSize=Tn(this.dispatchLayout,this.outputShape,this.isVec4),this.elementsPerThread=Fn(this.dispatchLayout,this.outputShape,this.isVec4),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,this.elementsPerThread),this.isVec4&&(this.outputComponent=4,this.variableComponents=[4,1]),this.shaderKey=`conv2DDerInputMM_${this.isVec4}_${this.elementsPerThread}`}getUserCode(){let t=this.isVec4?Tt(this.elementsPerThread,this.workgroupSize):Ft(this.elementsPerThread,this.workgroupSize);return`
    ${H0(this.isVec4?4:1)}
    ${t}
    `}};var Jn=class{constructor(t){this.variableNames=["dy","W"],this.uniforms="filterDims : vec2<i32>, pads : vec2<i32>, strides : vec2<i32>, outBackprop : vec4<i32>,",this.workgroupSize=[64,1,1],this.size=!1,this.isVec4=!1,this.workPerThread=1,this.outputShape=t.inShape,this.isChannelsLast=t.dataFormat==="channelsLast",this.isVec4=this.isChannelsLast&&t.outChannels%4===0&&t.inChannels%4===0,this.isVec4?(this.workPerThread=2,this.outputComponent=4,this.workgroupSize=[4,4,4],this.dispatchLayout={x:[3],y:[2],z:[0,1]},this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[4,this.workPerThread,1])):(this.size=!0,this.workPerThread=1,this.workgroupSize=[64,1,1],this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize)),this.shaderKey=`conv2DDerInput_${this.isChannelsLast}_${this.isVec4}_${this.workPerThread}`}getUserCode(){let t=this.isChannelsLast?1:2,e=this.isChannelsLast?2:3,o=this.isChannelsLast?3:1,n=`
    ${T()} {
      let batch = i32(globalId.z) / uniforms.outShape[1];
      let r = i32(globalId.z) % uniforms.outShape[1];
      let c = i32(globalId.y) * ${this.workPerThread};
      let d1 = i32(globalId.x) * 4;

      let dyCorner = vec2<i32>(r, c) - uniforms.pads;

      // Convolve dy(?, ?, d2) with w(:, :, d1, d2) to compute dx(xR, xC, d1).
      // ? = to be determined. : = across all values in that axis.
      var dotProd: array<vec4<f32>, ${this.workPerThread}>;
      for (var i = 0; i < ${this.workPerThread}; i++) {
        dotProd[i] = vec4<f32>(0.0);
      }
      for (var wR = 0; wR < uniforms.filterDims.x; wR = wR + 1) {
        let dyR = f32(dyCorner.x + wR) / f32(uniforms.strides.x);
        let wRPerm = uniforms.filterDims.x - 1 - wR;
        if (dyR < 0.0 || dyR >= f32(uniforms.outBackprop[1]) ||
            fract(dyR) > 0.0) {
          continue;
        }
        let idyR = i32(dyR);

        for (var wC = 0; wC < uniforms.filterDims.y; wC = wC + 1) {
          let dyC = f32(dyCorner.y + wC) / f32(uniforms.strides.y);
          let dyC2 = f32(dyCorner.y + 1 + wC) / f32(uniforms.strides.y);
          let wCPerm = uniforms.filterDims.y - 1 - wC;
          var bDyCVal = true;
          var bDyCVal2 = true;
          if (dyC < 0.0 || dyC >= f32(uniforms.outBackprop[2]) ||
              fract(dyC) > 0.0) {
            bDyCVal = false;
          }
          if (dyC2 < 0.0 || dyC2 >= f32(uniforms.outBackprop[2]) ||
              fract(dyC2) > 0.0) {
            bDyCVal2 = false;
          }

          let idyC = i32(dyC);
          let idyC2 = i32(dyC2);
          if (bDyCVal && bDyCVal2) {
            let d2Length = uniforms.outBackprop[3];
            for (var d2 = 0; d2 < d2Length; d2 = d2 + 4) {
              let wValue0 = getW(wRPerm, wCPerm, d1, d2);
              let wValue1 = getW(wRPerm, wCPerm, d1 + 1, d2);
              let wValue2 = getW(wRPerm, wCPerm, d1 + 2, d2);
              let wValue3 = getW(wRPerm, wCPerm, d1 + 3, d2);
              var xValue =  getDy(batch, idyR, idyC, d2);
              let tmpval = vec4<f32>(dot(xValue, wValue0),
                                     dot(xValue, wValue1),
                                     dot(xValue, wValue2),
                                     dot(xValue, wValue3));
              dotProd[0] = dotProd[0] + tmpval;
              xValue = getDy(batch, idyR, idyC2, d2);
              dotProd[1] = dotProd[1] + vec4<f32>(dot(xValue, wValue0),
                                                  dot(xValue, wValue1),
                                                  dot(xValue, wValue2),
                                                  dot(xValue, wValue3));
            }
          } else if (bDyCVal) {
            let d2Length = uniforms.outBackprop[3];
            for (var d2 = 0; d2 < d2Length; d2 = d2 + 4) {
              let wValue0 = getW(wRPerm, wCPerm, d1, d2);
              let wValue1 = getW(wRPerm, wCPerm, d1 + 1, d2);
              let wValue2 = getW(wRPerm, wCPerm, d1 + 2, d2);
              let wValue3 = getW(wRPerm, wCPerm, d1 + 3, d2);
              var xValue =  getDy(batch, idyR, idyC, d2);
              let tmpval = vec4<f32>(dot(xValue, wValue0),
                                     dot(xValue, wValue1),
                                     dot(xValue, wValue2),
                                     dot(xValue, wValue3));
              dotProd[0] = dotProd[0] + tmpval;
            }
          } else if (bDyCVal2) {
            let d2Length = uniforms.outBackprop[3];
            for (var d2 = 0; d2 < d2Length; d2 = d2 + 4) {
              let wValue0 = getW(wRPerm, wCPerm, d1, d2);
              let wValue1 = getW(wRPerm, wCPerm, d1 + 1, d2);
              let wValue2 = getW(wRPerm, wCPerm, d1 + 2, d2);
              let wValue3 = getW(wRPerm, wCPerm, d1 + 3, d2);
              var xValue =  getDy(batch, idyR, idyC2, d2);
              let tmpval = vec4<f32>(dot(xValue, wValue0),
                                     dot(xValue, wValue1),
                                     dot(xValue, wValue2),
                                     dot(xValue, wValue3));
              dotProd[1] = dotProd[1] + tmpval;
            }
          }
        }
      }

      for (var i = 0; i < ${this.workPerThread}; i = i + 1) {
        let coords = vec4<i32>(batch, r, c + i, d1);
        if (coordsInBounds4D(coords, uniforms.outShape)) {
          setOutputAtCoords(coords[0], coords[1], coords[2], coords[3], dotProd[i]);
        }
      }
    }
    `;return this.isVec4?`
    ${n}
    `:`
    ${T("index")} {
      if(index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
        let batch = coords[0];
        let d1 = coords[${o}];

        let dyCorner = vec2<i32>(coords[${t}], coords[${e}]) - uniforms.pads;
        let dyRCorner = dyCorner.x;
        let dyCCorner = dyCorner.y;

        // Convolve dy(?, ?, d2) with w(:, :, d1, d2) to compute dx(xR, xC, d1).
        // ? = to be determined. : = across all values in that axis.
        var dotProd = 0.0;
        for (var wR = 0; wR < uniforms.filterDims.x; wR = wR + 1) {
          let dyR = (f32(dyRCorner) + f32(wR)) / f32(uniforms.strides.x);
          let wRPerm = uniforms.filterDims.x - 1 - wR;
          if (dyR < 0.0 || dyR >= f32(uniforms.outBackprop[1]) || fract(dyR) > 0.0 ||
              wRPerm < 0) {
            continue;
          }
          let idyR = i32(dyR);

          for (var wC = 0; wC < uniforms.filterDims.y; wC = wC + 1) {
            let dyC = (f32(dyCCorner) + f32(wC)) / f32(uniforms.strides.y);
            let wCPerm = uniforms.filterDims.y - 1 - wC;
            if (dyC < 0.0 || dyC >= f32(uniforms.outBackprop[2]) ||
                fract(dyC) > 0.0 || wCPerm < 0) {
              continue;
            }
            let idyC = i32(dyC);

            for (var d2 = 0; d2 < uniforms.outBackprop[3]; d2 = d2 + 1) {
              let xValue = ${this.isChannelsLast?"getDy(batch, idyR, idyC, d2)":"getDy(batch, d2, idyR, idyC)"};
              let wValue = getW(wRPerm, wCPerm, d1, d2);
              dotProd = dotProd + xValue * wValue;
            }
          }
        }
        setOutputAtIndex(index, dotProd);
      }
    }
  `}};function q0(r){let{inputs:t,backend:e,attrs:o}=r,{dy:n,filter:s}=t,{inputShape:i,strides:a,pad:u,dataFormat:l,dimRoundingMode:c}=o,p=S.convertConv2DDataFormat(l),m=S.computeConv2DInfo(i,s.shape,a,1,u,c,!1,p),d=[{type:"int32",data:[m.filterHeight,m.filterWidth]},{type:"int32",data:[m.filterHeight-1-m.padInfo.top,m.filterWidth-1-m.padInfo.left]},{type:"int32",data:[m.strideHeight,m.strideWidth]},{type:"int32",data:[m.batchSize,m.outHeight,m.outWidth,m.outChannels]}],f;if($().getBool("WEBGPU_USE_NAIVE_CONV2D_TRANSPOSE")||m.dataFormat!=="channelsLast")f=new Jn(m);else{f=new Zn(m);let h=m.inHeight*m.inWidth,g=m.inChannels,y=m.filterHeight*m.filterWidth*m.outChannels;d.push({type:"uint32",data:[h]},{type:"uint32",data:[g]},{type:"uint32",data:[y]})}return e.runWebGPUProgram(f,[n,s],"float32",d)}var Qm={kernelName:zr,backendName:"webgpu",kernelFunc:q0};var K0=K({opType:E.COS}),Zm={kernelName:"Cos",backendName:"webgpu",kernelFunc:K0};var es=class{constructor(t,e){this.variableNames=["x"],this.workgroupSize=[64,1,1],this.size=!0,this.uniforms="blockSize : i32,",this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey=`depthToSpace_${e}`,this.dataFormat=e}getUserCode(){return`
      ${T("index")} {
        if (index < uniforms.size) {
          let coords = getCoordsFromIndex(index);
          let b = coords[0];
          let h = ${this.getHeightCoordString()};
          let w = ${this.getWidthCoordString()};
          let d = ${this.getDepthCoordString()};

          let in_h = h / uniforms.blockSize;
          let offset_h = h % uniforms.blockSize;
          let in_w = w / uniforms.blockSize;
          let offset_w = w % uniforms.blockSize;
          let offset_d = (offset_h * uniforms.blockSize + offset_w) *
            ${this.getOutputDepthSize()};
          let in_d = d + offset_d;

          let rlt = ${this.getInputSamplingString()};
          setOutputAtIndex(index, rlt);
        }
      }`}getHeightCoordString(){return this.dataFormat==="NHWC"?"coords[1]":"coords[2]"}getWidthCoordString(){return this.dataFormat==="NHWC"?"coords[2]":"coords[3]"}getDepthCoordString(){return this.dataFormat==="NHWC"?"coords[3]":"coords[1]"}getOutputDepthSize(){return this.dataFormat==="NHWC"?"uniforms.outShape[3]":"uniforms.outShape[1]"}getInputSamplingString(){return this.dataFormat==="NHWC"?"getX(b, in_h, in_w, in_d)":"getX(b, in_d, in_h, in_w)"}};function j0(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{blockSize:s,dataFormat:i}=o,a=n.shape[0],u=i==="NHWC"?n.shape[1]:n.shape[2],l=i==="NHWC"?n.shape[2]:n.shape[3],c=i==="NHWC"?n.shape[3]:n.shape[1],p=u*s,m=l*s,d=c/(s*s),f=i==="NHWC"?[a,p,m,d]:[a,d,p,m],h=[{type:"int32",data:[s]}],g=new es(f,i);return e.runWebGPUProgram(g,[n],n.dtype,h)}var Jm={kernelName:Or,backendName:"webgpu",kernelFunc:j0};var ts=class{constructor(t,e,o,n=!1,s=null,i=!1){this.variableNames=["x","W"],this.uniforms="pads : vec2<i32>, inDims : vec2<i32>,",this.workgroupSize=[16,16,1],this.outputShape=t,this.dispatchLayout={x:[3],y:[2],z:[0,1]},this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),n&&this.variableNames.push("bias"),i&&this.variableNames.push("preluActivationWeights"),this.addBias=n,this.activation=s,this.hasPreluActivation=i,this.filterHeight=e,this.filterWidth=o,this.shaderKey=`depthwiseNCHW_${this.activation}_${this.filterHeight}_${this.filterWidth}`}getUserCode(){let t=this.filterWidth*this.filterHeight,e=this.workgroupSize[0]*this.workgroupSize[1]*this.workgroupSize[2],o=this.workgroupSize[1]+this.filterHeight-1,n=this.workgroupSize[0]+this.filterWidth-1;return`
      ${he(this.activation,this.hasPreluActivation,!1,4)}

      var<workgroup> mm_Asub : array<array<f32, ${n}>, ${o}>;
      var<workgroup> mm_Bsub : array<array<f32, ${this.filterWidth}>, ${this.filterHeight}>;
      fn readX(batch : i32, channel : i32, row : i32, col : i32) -> f32 {
        var value = 0.0;
        if (row >=0 && row < uniforms.inDims[0] && col >=0 && col < uniforms.inDims[1])
        {
          value = getX(batch, channel, row, col);
        }
        return value;
      }

      ${T()} {
        let coords = getOutputCoords();
        let batch = coords[0];
        let xRCCorner = vec2<i32>(coords.zw) - uniforms.pads;
        let channelMul = uniforms.wShape[3];
        let d1 = coords[1] / channelMul;
        let q = coords[1] % channelMul;

        let inputRowStart = xRCCorner.x;
        let inputColStart = xRCCorner.y;

        let localRow = i32(localId.y);
        let localCol = i32(localId.x);

        // Load one tile of X into local memory.
        for (var inputRow = localRow; inputRow < ${o}; inputRow = inputRow + ${this.workgroupSize[1]}) {
          for (var inputCol = localCol; inputCol < ${n}; inputCol = inputCol + ${this.workgroupSize[0]}) {
            let rowOffset = inputRow - localRow;
            let colOffset = inputCol - localCol;
            mm_Asub[inputRow][inputCol] = readX(batch, d1, inputRowStart + rowOffset, inputColStart + colOffset);
          }
        }

        // Load one tile of W into local memory.
        var wIndex = i32(localIndex);
        ${t<e?`if (wIndex < ${t})`:`for(; wIndex < ${t}; wIndex = wIndex + ${e})`}

        {
          let wRow = wIndex / ${this.filterWidth};
          let wCol = wIndex % ${this.filterWidth};
          mm_Bsub[wRow][wCol] = getW(wRow, wCol, d1, q);
        }

        workgroupBarrier();

        var value = 0.0;
        for (var wR = 0; wR < ${this.filterHeight}; wR = wR + 1) {
          for (var wC = 0; wC < ${this.filterWidth}; wC = wC + 1) {
            let xVal = mm_Asub[localRow + wR][localCol + wC];
            let wVal = mm_Bsub[wR][wC];
            value = fma(xVal, wVal, value);
          }
        }
        ${_e(this.addBias,this.activation)}
        if (coordsInBounds4D(coords, uniforms.outShape)) {
          setOutputAtCoords(coords[0], coords[1], coords[2], coords[3], value);
        }
      }
    `}};var Sr=class{constructor(t,e=!1,o=null,n=!1){this.variableNames=["x","W"],this.uniforms="pads : vec2<i32>, inDims : vec2<i32>, virtualWidth : i32,",this.workgroupSize=[64,1,1],this.workPerThread=4,this.outputComponent=4,this.outputShape=t.outShape,this.virtualWidth=Math.ceil(this.outputShape[2]/this.workPerThread)*this.workPerThread;let s=[this.outputShape[0],this.outputShape[1],this.virtualWidth,this.outputShape[3]];this.dispatchLayout=M(s),this.dispatch=F(this.dispatchLayout,s,this.workgroupSize,[this.outputComponent*this.workPerThread,1,1]),x.assert(t.dataFormat==="channelsLast",()=>"TODO: NCHW is unimplemented"),e&&this.variableNames.push("bias"),n&&this.variableNames.push("preluActivationWeights"),this.convInfo=t,this.addBias=e,this.activation=o,this.hasPreluActivation=n,this.shaderKey=`depthwiseVec4_${o}_${this.convInfo.filterHeight}_${this.convInfo.filterWidth}_${this.convInfo.strideHeight}_${this.convInfo.strideWidth}_${this.workPerThread}`}getUserCode(){let t=(this.workPerThread-1)*this.convInfo.strideWidth+this.convInfo.filterWidth,e=this.convInfo.strideHeight,o=this.convInfo.strideWidth;return`
      ${he(this.activation,this.hasPreluActivation,!0,4)}
      fn readX(batch : i32, row : i32, col : i32, channel : i32) -> vec4<f32> {
        var value = vec4<f32>(0.0);
        if (col >=0 && col < uniforms.inDims[1]) {
          value = getX(batch, row, col, channel);
        }
        return value;
      }

      ${T("index")} {
        let width0 = uniforms.outShape[3] / ${this.outputComponent};
        let d1 = (index % width0) * ${this.outputComponent};
        var index1 = index / width0;
        let width1 = uniforms.virtualWidth / ${this.workPerThread};
        let c = (index1 % width1) * ${this.workPerThread};
        index1 = index1 / width1;
        let r = index1 % uniforms.outShape[1];
        let batch = index1 / uniforms.outShape[1];

        let xRCCorner = vec2<i32>(r, c) * vec2<i32>(${e}, ${o}) - uniforms.pads;

        let xRCorner = xRCCorner.x;
        let xCCorner = xRCCorner.y;
        var xVals : array<vec4<f32>, ${t}>;
        var dotProd : array<vec4<f32>, ${this.workPerThread}>;
        for (var i = 0; i < ${this.workPerThread}; i++) {
          dotProd[i] = vec4<f32>(0.0);
        }

        // Use constant instead of uniform can give better performance.
        for (var wR = 0; wR < ${this.convInfo.filterHeight}; wR = wR + 1) {
          let xR = xRCorner + wR;
          if (xR >=0 && xR < uniforms.inDims[0]) {
            for (var i = 0; i < ${t}; i++) {
              xVals[i] = readX(batch, xR, xCCorner + i, d1);
            }
            for (var wC = 0; wC < ${this.convInfo.filterWidth}; wC = wC + 1) {
              let wValue = getW(wR, wC, d1, 0);
              for (var i = 0; i < ${this.workPerThread}; i++) {
                dotProd[i] = fma(xVals[i * ${o} + wC], wValue, dotProd[i]);
              }
            }
          }
        }

        for (var i = 0; i < ${this.workPerThread}; i = i + 1) {
          let coords = vec4<i32>(batch, r, c + i, d1);
          if (coordsInBounds4D(coords, uniforms.outShape)) {
            var value = dotProd[i];
            ${_e(this.addBias,this.activation)}
            setOutputAtCoords(coords[0], coords[1], coords[2], coords[3], value);
          }
        }
      }
    `}};var Ir=class{constructor(t,e=!1,o=null,n=!1){this.variableNames=["x","W"],this.uniforms=`pads : vec2<i32>, inDims : vec2<i32>, filterHeight : i32,
      filterWidth : i32, strides : vec2<i32>, dilations : vec2<i32>,`,this.workgroupSize=[256,1,1],this.size=!0,this.outputShape=t.outShape,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.isChannelsLast=t.dataFormat==="channelsLast",e&&this.variableNames.push("bias"),n&&this.variableNames.push("preluActivationWeights"),this.convInfo=t,this.addBias=e,this.activation=o,this.hasPreluActivation=n,this.shaderKey=`depthwise_${this.activation}_${this.isChannelsLast}`}getUserCode(){let t=this.isChannelsLast?"getX(batch, xR, xC, d1);":"getX(batch, d1, xR, xC);";return`
      ${he(this.activation,this.hasPreluActivation,!1,4)}

      ${T("index")} {
        if (index < uniforms.size) {
          let coords = getOutputCoords();
          let batch = coords[0];
          let xRCCorner = vec2<i32>(coords.${this.isChannelsLast?"yz":"zw"}) * uniforms.strides - uniforms.pads;
          let d2 = coords[${this.isChannelsLast?3:1}];
          let channelMul = uniforms.wShape[3];
          let d1 = d2 / channelMul;
          let q = d2 % channelMul;

          let inputRowStart = xRCCorner.x;
          let inputColStart = xRCCorner.y;
          let inputRowEnd = inputRowStart + uniforms.filterHeight *
              uniforms.dilations[0];
          let inputColEnd = inputColStart + uniforms.filterWidth *
              uniforms.dilations[1];

          // Convolve x(?, ?, d1)|x(d1, ?, ?) with w(:, :, d1, q) to get
          // y(yR, yC, d2)|y(d2, yR, yC). ? = to be determined. : = across all
          // values in that axis. x(?, ?, d1) and y(yR, yC, d2) is for NHWC.
          // x(d1, ?, ?) and y(d2, yR, yC) is for NCHW.
          var value = 0.0;

          // Extract if checking out of for loop for performance.
          if (inputRowStart >= 0 && inputColStart >= 0 &&
            inputRowEnd < uniforms.inDims[0] &&
                inputColEnd < uniforms.inDims[1]) {
              for (var wR = 0; wR < uniforms.filterHeight; wR = wR + 1) {
                let xR = inputRowStart + wR * uniforms.dilations[0];

                for (var wC = 0; wC < uniforms.filterWidth; wC = wC + 1) {
                  let xC = inputColStart + wC * uniforms.dilations[1];

                  let xVal = ${t};
                  let wVal = getW(wR, wC, d1, q);
                  value = value + xVal * wVal;
                }
              }
            } else {
              for (var wR = 0; wR < uniforms.filterHeight; wR = wR + 1) {
                let xR = inputRowStart + wR * uniforms.dilations[0];

                if (xR < 0 || xR >= uniforms.inDims[0]) {
                  continue;
                }

                for (var wC = 0; wC < uniforms.filterWidth; wC = wC + 1) {
                  let xC = inputColStart + wC * uniforms.dilations[1];

                  if (xC < 0 || xC >= uniforms.inDims[1]) {
                    continue;
                  }

                  let xVal = ${t};
                  let wVal = getW(wR, wC, d1, q);
                  value = value + xVal * wVal;
                }
              }
            }
            ${_e(this.addBias,this.activation)}
          setOutputAtCoords(coords[0], coords[1], coords[2], coords[3], value);
        }
      }
    `}};function X0(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,filter:s}=t,{strides:i,pad:a,dataFormat:u,dilations:l,dimRoundingMode:c}=o,p=S.convertConv2DDataFormat(u),m=l;m==null&&(m=[1,1]);let d=S.computeConv2DInfo(n.shape,s.shape,i,m,a,c,!0,p),f=[{type:"int32",data:[d.padInfo.top,d.padInfo.left]},{type:"int32",data:[d.inHeight,d.inWidth]}],h=d.dataFormat==="channelsLast",g;return!h&&d.inHeight>16&&d.inWidth>16&&d.strideHeight===1&&d.strideWidth===1&&d.dilationWidth===1&&d.dilationHeight===1&&d.inChannels===d.outChannels?g=new ts(d.outShape,d.filterHeight,d.filterWidth):h&&d.outHeight>4&&d.outWidth>4&&d.strideWidth<=2&&d.inChannels===d.outChannels&&d.dilationHeight===1&&d.dilationWidth===1&&d.inChannels%4===0?(g=new Sr(d),f.push({type:"int32",data:[g.virtualWidth]})):(g=new Ir(d),f.push({type:"int32",data:[d.filterHeight]},{type:"int32",data:[d.filterWidth]},{type:"int32",data:[d.strideHeight,d.strideWidth]},{type:"int32",data:[d.dilationHeight,d.dilationWidth]})),e.runWebGPUProgram(g,[n,s],n.dtype,f)}var ed={kernelName:Ur,backendName:"webgpu",kernelFunc:X0};var Y0=K({opType:E.ELU}),td={kernelName:"Elu",backendName:"webgpu",kernelFunc:Y0};var Q0=Q({opType:D.EQUAL,dtype:"bool",cpuKernelImpl:sm}),rd={kernelName:Vt,backendName:"webgpu",kernelFunc:Q0};var Z0=K({opType:E.ERF}),od={kernelName:"Erf",backendName:"webgpu",kernelFunc:Z0};var J0=K({opType:E.EXP,cpuKernelImpl:im,dtype:"float32"}),nd={kernelName:"Exp",backendName:"webgpu",kernelFunc:J0};var e2=K({opType:E.FLOOR,cpuKernelImpl:am}),sd={kernelName:Gt,backendName:"webgpu",kernelFunc:e2};var t2=Q({opType:D.FLOOR_DIV,cpuKernelImpl:um,dtype:"int32"}),id={kernelName:Ht,backendName:"webgpu",kernelFunc:t2};function r2(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,filter:s,bias:i,preluActivationWeights:a}=t,{strides:u,pad:l,dataFormat:c,dilations:p,dimRoundingMode:m,activation:d,leakyreluAlpha:f}=o,h=S.convertConv2DDataFormat(c),g=S.computeConv2DInfo(n.shape,s.shape,u,p,l,m,!1,h);return Qn({x:n,filter:s,convInfo:g,backend:e,bias:i,preluActivationWeights:a,leakyreluAlpha:f,activation:d})}var ad={kernelName:eo,backendName:"webgpu",kernelFunc:r2};function o2(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,filter:s,bias:i,preluActivationWeights:a}=t,{strides:u,pad:l,dilations:c,dimRoundingMode:p,activation:m,leakyreluAlpha:d}=o,f=c;f==null&&(f=[1,1]),x.assert(S.eitherStridesOrDilationsAreOne(u,f),()=>`Error in depthwiseConv2d: Either strides or dilations must be 1. Got strides ${u} and dilations '${f}'`);let h=S.computeConv2DInfo(n.shape,s.shape,u,f,l,p,!0),g=[n,s],y=i!=null,w=a!=null;y&&g.push(i),w&&g.push(a);let b=[{type:"int32",data:[h.padInfo.top,h.padInfo.left]},{type:"int32",data:[h.inHeight,h.inWidth]}],I;return h.outHeight>4&&h.outWidth>4&&h.strideWidth<=2&&h.inChannels===h.outChannels&&h.dilationHeight===1&&h.dilationWidth===1&&h.inChannels%4===0?(I=new Sr(h,y,m,w),b.push({type:"int32",data:[I.virtualWidth]})):(I=new Ir(h,y,m,w),b.push({type:"int32",data:[h.filterHeight]},{type:"int32",data:[h.filterWidth]},{type:"int32",data:[h.strideHeight,h.strideWidth]},{type:"int32",data:[h.dilationHeight,h.dilationWidth]})),m==="leakyrelu"&&(b.push({type:"float32",data:[d]}),I.uniforms+=" alpha : f32,"),e.runWebGPUProgram(I,g,"float32",b)}var ud={kernelName:to,backendName:"webgpu",kernelFunc:o2};var rs=class{constructor(t,e){this.variableNames=["A","indices"],this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t.slice(),this.aShape=t,this.outputShape=e,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="gather"}getUserCode(){let t=n2(this.aShape);return`
      ${T("index")} {
        if (index < uniforms.size) {
          let resRC = getCoordsFromIndex(index);
          let indexZ = i32(getIndices(resRC.x, resRC.z));
          let inBounds = select(0.0, 1.0, indexZ >= 0 && indexZ < uniforms.aShape[2]);
          setOutputAtIndex(index, inBounds * getA(${t}));
        }
      }
    `}};function n2(r){let t=["resRC.x","resRC.y","resRC.z","resRC.w"],e=[];for(let o=0;o<r.length;o++)o===2?e.push("indexZ"):e.push(`${t[o]}`);return e.join()}function fa(r){let{inputs:t,backend:e,attrs:o}=r,{x:n,indices:s}=t,{axis:i,batchDims:a}=o,u=x.parseAxisParam(i,n.shape)[0],l=S.segment_util.collectGatherOpShapeInfo(n,s,u,a),c=x.sizeFromShape(s.shape),p=[],m=z({inputs:{x:n},backend:e,attrs:{shape:[l.batchSize,l.outerSize,l.dimSize,l.sliceSize]}}),d=z({inputs:{x:s},backend:e,attrs:{shape:[l.batchSize,c/l.batchSize]}});p.push(m),p.push(d);let f=[l.batchSize,l.outerSize,c/l.batchSize,l.sliceSize];if(e.shouldExecuteOnCPU([n,s])){let b=e.tensorMap.get(d.dataId).values,I=te(d.shape,d.dtype,b),k=e.tensorMap.get(m.dataId).values,A=te(m.shape,m.dtype,k),P=lm(A,I,f);return p.forEach(_=>e.disposeData(_.dataId)),e.makeTensorInfo(l.outputShape,P.dtype,P.values)}let h=new rs(m.shape,f),g=e.runWebGPUProgram(h,[m,d],m.dtype);p.push(g);let y=z({inputs:{x:g},backend:e,attrs:{shape:l.outputShape}});return p.forEach(w=>e.disposeData(w.dataId)),y}var ld={kernelName:Ko,backendName:"webgpu",kernelFunc:fa};var s2=Q({opType:D.GREATER,cpuKernelImpl:pm,dtype:"bool"}),cd={kernelName:qt,backendName:"webgpu",kernelFunc:s2};var i2=Q({opType:D.GREATER_EQUAL,dtype:"bool",cpuKernelImpl:cm}),pd={kernelName:Kt,backendName:"webgpu",kernelFunc:i2};function a2(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{alpha:s}=o,i=[{type:"float32",data:[s]}],a=new Be(n.shape,E.LEAKYRELU,"alpha : f32,");return e.runWebGPUProgram(a,[n],"float32",i)}var md={kernelName:xt,backendName:"webgpu",kernelFunc:a2};var u2=Q({opType:D.LESS,dtype:"bool",cpuKernelImpl:dm}),dd={kernelName:jt,backendName:"webgpu",kernelFunc:u2};var l2=Q({opType:D.LESS_EQUAL,dtype:"bool",cpuKernelImpl:mm}),fd={kernelName:Xt,backendName:"webgpu",kernelFunc:l2};var c2=K({opType:E.LOG,cpuKernelImpl:fm}),hd={kernelName:"Log",backendName:"webgpu",kernelFunc:c2};var p2=Q({opType:D.LOGICAL_AND,dtype:"bool"}),gd={kernelName:jo,backendName:"webgpu",kernelFunc:p2};var m2=K({opType:E.LOGICAL_NOT}),xd={kernelName:Xo,backendName:"webgpu",kernelFunc:m2};function d2(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{filterSize:s,strides:i,pad:a,dimRoundingMode:u}=o,c=S.computePool2DInfo(n.shape,s,i,1,a,u);return Nn(n,c,"max",e)}var yd={kernelName:Wr,backendName:"webgpu",kernelFunc:d2};var f2=Q({opType:D.MAX,cpuKernelImpl:gm}),wd={kernelName:Yt,backendName:"webgpu",kernelFunc:f2};function h2(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{axis:s,keepDims:i}=o;return Ke(n,s,i,"min",e)}var bd={kernelName:"Min",backendName:"webgpu",kernelFunc:h2};var g2=Q({opType:D.MIN,cpuKernelImpl:xm}),Sd={kernelName:Qt,backendName:"webgpu",kernelFunc:g2};var os=class{constructor(t,e,o){this.uniforms="",this.variableNames=["x"],this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=e.map((n,s)=>n[0]+t[s]+n[1]),this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.xShape=t,e.map((n,s)=>{this.uniforms+=` pad${s} : vec2<i32>,`}),this.offset=o==="reflect"?0:1,this.shaderKey=`mirrorPad_${o}`}getUserCode(){let t=this.xShape.length,e=this.xShape.map((l,c)=>`uniforms.pad${c}[0]`).join(","),o=this.xShape.map((l,c)=>`uniforms.pad${c}[0] + uniforms.xShape${t>1?`[${c}]`:""}`).join(","),n=t===1?"start":"start[i]",s=t===1?"end":"end[i]",i=t===1?"outC":"outC[i]",a=ce(t),u=t>1?["coords[0]","coords[1]","coords[2]","coords[3]"].slice(0,t):"coords";return`
      ${T("index")} {
        if (index < uniforms.size) {
          let start = ${a}(${e});
          let end = ${a}(${o});
          var outC = getCoordsFromIndex(index);
          for (var i = 0; i < ${t}; i = i + 1) {
            if (${i} < ${n}) {
              ${i} = ${n} * 2 - ${i} - ${this.offset};
            } else if(${i} >= ${s}) {
              ${i} = (${s} - 1) * 2 - ${i} + ${this.offset};
            }
          }
          let coords = outC - start;
          setOutputAtIndex(index, getX(${u}));
        }
      }
    `}};var Id={kernelName:Gr,backendName:"webgpu",kernelFunc:({inputs:r,attrs:t,backend:e})=>{let{x:o}=r,{paddings:n,mode:s}=t,i=e,a=n.map(c=>({type:"int32",data:[c[0],c[1]]})),u=new os(o.shape,n,s);return i.runWebGPUProgram(u,[o],o.dtype,a)}};var x2=Q({opType:D.MOD}),Cd={kernelName:"Mod",backendName:"webgpu",kernelFunc:x2};var y2=Q({opType:D.MUL,cpuKernelImpl:ym,supportsComplex:!0}),vd={kernelName:ot,backendName:"webgpu",kernelFunc:y2};function w2(r){let{inputs:t,backend:e}=r,{x:o}=t;if(e.shouldExecuteOnCPU([o])){let s=e.tensorMap.get(o.dataId),[i,a]=wm(s.values,o.shape,o.dtype);return e.makeTensorInfo(a,o.dtype,i)}let n=new Be(o.shape,E.NEG);return e.runWebGPUProgram(n,[o],o.dtype)}var kd={kernelName:"Neg",backendName:"webgpu",kernelFunc:w2};function ha(r){let{inputs:t,attrs:e,backend:o}=r,{dim:n}=e,{input:s}=t,i=s.shape.length,a=s.shape.slice(),u=n;return n<0&&(x.assert(-(i+1)<=n,()=>`Axis must be in the interval [${-(i+1)}, ${i}]`),u=i+n+1),a.splice(u,0,1),z({inputs:{x:s},backend:o,attrs:{shape:a}})}function b2(r){let{inputs:t,backend:e,attrs:o}=r,{axis:n}=o;if(t.length===1)return ha({inputs:{input:t[0]},backend:e,attrs:{dim:n}});let s=t[0].shape,i=t[0].dtype;t.forEach(c=>{x.assertShapesMatch(s,c.shape,"All tensors passed to stack must have matching shapes"),x.assert(i===c.dtype,()=>"All tensors passed to stack must have matching dtypes")});let a=[],u=t.map(c=>{let p=ha({inputs:{input:c},backend:e,attrs:{dim:n}});return a.push(p),p}),l=da({inputs:u,backend:e,attrs:{axis:n}});return a.forEach(c=>e.disposeData(c.dataId)),l}var Ad={kernelName:Yo,backendName:"webgpu",kernelFunc:b2};function S2(r,t=!1){let e=r.length,o=ce(e),n=r.map((p,m)=>`uniforms.pad${m}[0]`).join(","),s=r.map((p,m)=>`uniforms.pad${m}[0] + uniforms.xShape${e>1?`[${m}]`:""}`).join(","),i=e>1?`${o}(${n})`:`${n}`,a=e>1?`${o}(${s})`:`${s}`,u=e>1?"any(paddedCoords < start)":"paddedCoords < start",l=e>1?"any(paddedCoords >= end)":"paddedCoords >= end",c=e>1?["coords[0]","coords[1]","coords[2]","coords[3]"].slice(0,e):"coords";return`
        let start = ${i};
        let end = ${a};
        if (${u} || ${l}) {
          setOutputAtIndex(index, ${t?0:"uniforms.constantValue"});
        } else {
          let coords = paddedCoords - start;
          setOutputAtIndex(index, getX(${c}));
        }
  `}var ns=class{constructor(t,e){this.variableNames=["x"],this.uniforms="constantValue : f32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=e.map((o,n)=>o[0]+t[n]+o[1]),this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),e.map((o,n)=>{this.uniforms+=` pad${n} : vec2<i32>,`}),this.xShape=t,this.shaderKey="pad"}getUserCode(){return`
      ${T("index")} {
        if (index < uniforms.size) {
          let paddedCoords = getCoordsFromIndex(index);
          ${S2(this.xShape)}
        }
      }
    `}};var I2=r=>{let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{paddings:s,constantValue:i}=o;if(s.every(l=>x.arraysEqual(l,[0,0])))return fe({inputs:{x:n},backend:e});if(x.sizeFromShape(n.shape)===0){let l=s.map((c,p)=>c[0]+n.shape[p]+c[1]);return Pt({backend:e,attrs:{shape:l,value:i,dtype:n.dtype}})}let a=[{type:"float32",data:[i]}];s.map(l=>a.push({type:"int32",data:[l[0],l[1]]}));let u=new ns(n.shape,s);return e.runWebGPUProgram(u,[n],n.dtype,a)},Rd={kernelName:Hr,backendName:"webgpu",kernelFunc:I2};var C2=Q({opType:D.POW}),Ed={kernelName:"Pow",backendName:"webgpu",kernelFunc:C2};function v2(r){let{inputs:t,backend:e}=r,{x:o,alpha:n}=t,s=new Et(D.PRELU,o.shape,n.shape);return e.runWebGPUProgram(s,[o,n],"float32")}var _d={kernelName:yt,backendName:"webgpu",kernelFunc:v2};function k2(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{axis:s,keepDims:i}=o;return Ke(n,s,i,"prod",e)}var Td={kernelName:Jt,backendName:"webgpu",kernelFunc:k2};var A2=r=>{let{backend:t,attrs:e}=r,{start:o,stop:n,step:s,dtype:i}=e,a=Im(o,n,s,i);return t.makeTensorInfo([a.length],i,a)},Fd={kernelName:Qo,backendName:"webgpu",kernelFunc:A2};var R2=Q({opType:D.DIV}),Pd={kernelName:Ho,backendName:"webgpu",kernelFunc:R2};var E2=K({opType:E.RELU}),Dd={kernelName:er,backendName:"webgpu",kernelFunc:E2};var _2=K({opType:E.RELU6}),$d={kernelName:rr,backendName:"webgpu",kernelFunc:_2};var ss=class{constructor(t,e,o){this.variableNames=["x"],this.uniforms="adjustHeightWidth : vec2<f32>, halfPixelCenters : f32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=[t[0],e,o,t[3]],this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.shaderKey="resizeBilinear"}getUserCode(){return`
      ${T("index")} {
        if (index < uniforms.size) {
        let coords = getCoordsFromIndex(index);
          let b = coords[0];
          let d = coords[3];
          let rc = coords.yz;

          let effectiveInSize = vec2<f32>(
            f32(uniforms.xShape.y) - uniforms.adjustHeightWidth[0],
            f32(uniforms.xShape.z) - uniforms.adjustHeightWidth[1]);

          let effectiveOutSize = vec2<f32>(
            f32(uniforms.outShape.y) - uniforms.adjustHeightWidth[0],
            f32(uniforms.outShape.z) - uniforms.adjustHeightWidth[1]);

          let effectiveInputOverOutputRatioRC =
              effectiveInSize / effectiveOutSize;

          // Fractional source index
          let sourceFracIndexRC =
            (vec2<f32>(rc) + vec2<f32>(uniforms.halfPixelCenters)) *
            effectiveInputOverOutputRatioRC - vec2<f32>(uniforms.halfPixelCenters);

          // Compute the four integer indices.
          let sourceFloorRC = vec2<i32>(sourceFracIndexRC);
          let sourceCeilRC = vec2<i32>(
            min(vec2<f32>(uniforms.xShape.yz) - vec2<f32>(1.0), ceil(sourceFracIndexRC)));

          let topLeft = getX(b, sourceFloorRC.x, sourceFloorRC.y, d);
          let bottomLeft = getX(b, sourceCeilRC.x, sourceFloorRC.y, d);
          let topRight = getX(b, sourceFloorRC.x, sourceCeilRC.y, d);
          let bottomRight = getX(b, sourceCeilRC.x, sourceCeilRC.y, d);

          let fracRC = sourceFracIndexRC - vec2<f32>(sourceFloorRC);

          let top = topLeft + (topRight - topLeft) * fracRC.y;
          let bottom = bottomLeft + (bottomRight - bottomLeft) * fracRC.y;
          let newValue = top + (bottom - top) * fracRC.x;

          setOutputAtIndex(index, newValue);
        }
      }
    `}};function T2(r){let{inputs:t,backend:e,attrs:o}=r,{images:n}=t,{alignCorners:s,size:i,halfPixelCenters:a}=o,[u,l]=i,c=s&&u>1?1:0,p=s&&l>1?1:0,d=[{type:"float32",data:[c,p]},{type:"float32",data:[a?.5:0]}],f=new ss(n.shape,u,l);return e.runWebGPUProgram(f,[n],"float32",d)}var Md={kernelName:Kr,backendName:"webgpu",kernelFunc:T2};var is=class{constructor(t,e,o,n){this.variableNames=["x"],this.uniforms="adjustHeightWidth : vec2<f32>, roundBase : f32,",this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=[t[0],e,o,t[3]],this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.halfPixelCenters=n,this.shaderKey=`resizeNearest_${n}`}getUserCode(){let t;return this.halfPixelCenters?t="max((vec2<f32>(rc) + vec2<f32>(0.5)) * effectiveInputOverOutputRatioRC, vec2<f32>(0.0))":t="vec2<f32>(rc) * effectiveInputOverOutputRatioRC",`
      ${T("index")} {
        if (index < uniforms.size) {
          let coords = getCoordsFromIndex(index);
          let b = coords[0];
          let d = coords[3];
          let rc = coords.yz;

          let effectiveInSize = vec2<f32>(
            f32(uniforms.xShape.y) - uniforms.adjustHeightWidth[0],
            f32(uniforms.xShape.z) - uniforms.adjustHeightWidth[1]);

          let effectiveOutSize = vec2<f32>(
            f32(uniforms.outShape.y) - uniforms.adjustHeightWidth[0],
            f32(uniforms.outShape.z) - uniforms.adjustHeightWidth[1]);

          let effectiveInputOverOutputRatioRC =
              effectiveInSize / effectiveOutSize;

          // Fractional source index
          let sourceFracIndexRC = ${t};

          // Compute the coordinators of nearest neighbor point.
          let inputShapeRC = vec2<f32>(f32(uniforms.xShape.y), f32(uniforms.xShape.z));
          let sourceNearestRC = vec2<i32>(
            min(inputShapeRC - 1.0, floor(sourceFracIndexRC + uniforms.roundBase)));
          let newValue = getX(b, sourceNearestRC.x, sourceNearestRC.y, d);

          setOutputAtIndex(index, newValue);
        }
      }
    `}};function F2(r){let{inputs:t,backend:e,attrs:o}=r,{images:n}=t,{alignCorners:s,halfPixelCenters:i,size:a}=o,[u,l]=a,c=s&&u>1?1:0,p=s&&l>1?1:0,d=[{type:"float32",data:[c,p]},{type:"float32",data:[s?.5:0]}],f=new is(n.shape,u,l,i);return e.runWebGPUProgram(f,[n],n.dtype,d)}var Nd={kernelName:qr,backendName:"webgpu",kernelFunc:F2};var as=class{constructor(t){this.variableNames=["x"],this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.uniforms=" axis : vec4<i32>,",this.shaderKey="reverse"}getUserCode(){return`
      
      // Using uniform variables as judging conditions, so the function has
      // coherent execution within all threads.
      fn getReverseCoords(coords : vec4<i32>) -> vec4<i32> {
        var reverseCoords = coords;
        if (uniforms.axis[0] == 1) {
          reverseCoords[0] = uniforms.xShape[0] - coords[0] - 1;
        }
        if (uniforms.axis[1] == 1) {
          reverseCoords[1] = uniforms.xShape[1] - coords[1] - 1;
        }
        if (uniforms.axis[2] == 1) {
          reverseCoords[2] = uniforms.xShape[2] - coords[2] - 1;
        }
        if (uniforms.axis[3] == 1) {
          reverseCoords[3] = uniforms.xShape[3] - coords[3] - 1;
        }

        return reverseCoords;
      }
    
      ${T("index")} {
        if (index < uniforms.size) {
          let coords = getCoordsFromIndex(index);
          let reverseCoords = getReverseCoords(coords);
          setOutputAtIndex(index, getX(reverseCoords[0],
              reverseCoords[1], reverseCoords[2], reverseCoords[3]));
        }
      }
    `}};function P2(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{dims:s}=o,i=n.shape.length;if(i===0)return fe({inputs:{x:n},backend:e});let a=n.shape,u=[1,1,1,1];a.forEach((g,y)=>{let w=y+4-i;u[w]=g});let l=x.parseAxisParam(s,n.shape),c=[0,0,0,0];l.forEach(g=>{let y=g+4-i;c[y]=1});let p=[{type:"int32",data:c}],m=z({inputs:{x:n},backend:e,attrs:{shape:u}}),d=new as(u),f=e.runWebGPUProgram(d,[m],m.dtype,p);e.disposeData(m.dataId);let h=z({inputs:{x:f},backend:e,attrs:{shape:a}});return e.disposeData(f.dataId),h}var Bd={kernelName:jr,backendName:"webgpu",kernelFunc:P2};var D2=K({opType:E.RSQRT,cpuKernelImpl:Cm}),Ld={kernelName:or,backendName:"webgpu",kernelFunc:D2};var us=class{constructor(t,e,o){this.variableNames=["c","a","b"],this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=e,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.cRank=t,this.rank=o,this.shaderKey="select"}getUserCode(){let t,e;if(this.rank>4)throw Error(`Where for rank ${this.rank} is not yet supported`);if(this.rank===1)e="resRC",t="resRC";else{let n=["resRC.x","resRC.y","resRC.z","resRC.w"],s=[],i=[];for(let a=0;a<this.outputShape.length;a++)i.push(`${n[a]}`),a<this.cRank&&s.push(`${n[a]}`);t=s.join(),e=i.join()}return`
      ${T("index")} {
        if (index < uniforms.size) {
          let resRC = getCoordsFromIndex(index);
          let cVal = getC(${t});
          if (cVal >= 1.0) {
            setOutputAtIndex(index, getA(${e}));
          } else {
            setOutputAtIndex(index, getB(${e}));
          }
        }
      }
    `}};function $2(r){let{inputs:t,backend:e}=r,{condition:o,t:n,e:s}=t,i=new us(o.shape.length,n.shape,n.shape.length);return e.runWebGPUProgram(i,[o,n,s],Pe(n.dtype,s.dtype))}var zd={kernelName:Zo,backendName:"webgpu",kernelFunc:$2};var M2=K({opType:E.SELU}),Od={kernelName:Jo,backendName:"webgpu",kernelFunc:M2};var N2=K({opType:E.SIGMOID}),Ud={kernelName:nt,backendName:"webgpu",kernelFunc:N2};var B2=K({opType:E.SIGN}),Wd={kernelName:en,backendName:"webgpu",kernelFunc:B2};var L2=K({opType:E.SIN}),Vd={kernelName:"Sin",backendName:"webgpu",kernelFunc:L2};var ls=class{constructor(t,e){this.variableNames=["source"],this.workPerThread=1,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=e,this.rank=e.length,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[this.workPerThread,1,1]),this.start=t,this.uniforms=`start : ${ce(t.length)}, `,this.shaderKey="slice"}getUserCode(){let t=ce(this.rank),e=z2(this.rank),o;return this.start.length===1?o=this.outputShape.map((s,i)=>"sourceLoc = uniforms.start + coords;"):o=this.outputShape.map((s,i)=>`sourceLoc.${ga[i]} = uniforms.start.${Ne(i)} + coords.${ga[i]};`),`
      ${T("index")} {
        if (index < uniforms.size) {
          var sourceLoc : ${t};
          let coords = getCoordsFromIndex(index);
          ${o.join(`
`)}
          setOutputAtIndex(index, getSource(${e}));
        }
      }
    `}},ga=["x","y","z","w","u","v"];function z2(r){if(r===1)return"sourceLoc";if(r<=6)return ga.slice(0,r).map(t=>`sourceLoc.${t}`).join(",");throw Error(`Slicing for rank ${r} is not yet supported`)}function rt(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{begin:s,size:i}=o,[a,u]=pe.parseSliceParams(n,s,i);if(pe.assertParamsValid(n,a,u),e.shouldExecuteOnCPU([n])||n.dtype==="string"){let p=e.tensorMap.get(n.dataId),m=km(p.values,a,u,n.shape,n.dtype);return e.makeTensorInfo(u,n.dtype,m)}if(x.sizeFromShape(u)===0)return e.makeTensorInfo(u,n.dtype,[]);let l=new ls(a,u),c=[{type:"int32",data:a}];return e.runWebGPUProgram(l,[n],n.dtype,c)}var Gd={kernelName:Xr,backendName:"webgpu",kernelFunc:rt};var cs=class{constructor(t){this.variableNames=["logits"],this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=[this.outputShape[0],1,1],this.outputShape[1]>=4096?this.workgroupSize=[256,1,1]:this.workgroupSize=[64,1,1],this.shaderKey="softmax"}getUserCode(){return`
    var<workgroup> buf : array<f32, ${this.workgroupSize[0]}>;
    var<workgroup> rowMaxShared : f32;
    var<workgroup> rowSumShared : f32;
    const blockSize = ${this.workgroupSize[0]};
    ${T("index")} {
      let row = index / blockSize;
      let tid = i32(localId.x);
      let cols = uniforms.outShape[1];

      var threadMax = -3.402823e+38f;
      for (var col = tid; col < cols; col += blockSize) {
        let value = getLogits(row, col);
        threadMax = max(threadMax, value);
      }
      if (tid < cols) {
        buf[tid] = threadMax;
      }
      workgroupBarrier();

      var reduceSize = min(cols, blockSize);
      for (var currSize = reduceSize >> 1;  currSize > 0; currSize = reduceSize >> 1) {
        reduceSize = currSize + (reduceSize & 1);
        if (tid < currSize) {
          buf[tid] = max(buf[tid], buf[tid + reduceSize]);
        }
        workgroupBarrier();
      }

      if (tid == 0) {
        rowMaxShared = buf[0];
      }
      workgroupBarrier();

      var threadSum = 0.0;
      for (var col = tid; col < cols; col += blockSize) {
        let subExp = exp(getLogits(row, col) - rowMaxShared);
        threadSum += subExp;
      }
      buf[tid] = threadSum;
      workgroupBarrier();

      for (var currSize = blockSize >> 1;  currSize > 0; currSize = currSize >> 1) {
        if (tid < currSize) {
          buf[tid] = buf[tid] + buf[tid + currSize];
        }
        workgroupBarrier();
      }

      if (tid == 0) {
        rowSumShared = buf[0];
      }
      workgroupBarrier();

      for (var col = tid; col < cols; col += blockSize) {
        let value = exp(getLogits(row, col) - rowMaxShared) / rowSumShared;
        setOutputAtCoords(row, col, value);
      }
  }
    `}};function O2(r){let{inputs:t,backend:e,attrs:o}=r,{logits:n}=t,{dim:s}=o,i=z({inputs:{x:n},backend:e,attrs:{shape:[x.sizeFromShape(n.shape)/n.shape[s],n.shape[s]]}}),a=new cs(i.shape),u=e.runWebGPUProgram(a,[i],n.dtype),l=z({inputs:{x:u},backend:e,attrs:{shape:n.shape}});return e.disposeData(i.dataId),e.disposeData(u.dataId),l}var Hd={kernelName:Yr,backendName:"webgpu",kernelFunc:O2};var U2=K({opType:E.SOFTPLUS}),qd={kernelName:tn,backendName:"webgpu",kernelFunc:U2};function W2(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{numOrSizeSplits:s,axis:i}=o,a=x.parseAxisParam(i,n.shape)[0],u=S.prepareSplitSize(n,s,a),l=n.shape.length,c=new Array(l).fill(0),p=n.shape.slice();return u.map(m=>{let d=[...p];d[a]=m;let f=rt({inputs:{x:n},backend:e,attrs:{begin:c,size:d}});return c[a]+=m,f})}var Kd={kernelName:rn,backendName:"webgpu",kernelFunc:W2};var V2=K({opType:E.SQRT}),jd={kernelName:nr,backendName:"webgpu",kernelFunc:V2};var Xd={kernelName:on,backendName:"webgpu",kernelFunc:({inputs:r,backend:t})=>{let{x:e}=r,o=t,n=new Be(e.shape,E.SQUARE);return o.runWebGPUProgram(n,[e],e.dtype)}};var G2=Q({opType:D.SQUARED_DIFFERENCE}),Yd={kernelName:sr,backendName:"webgpu",kernelFunc:G2};var ps=class{constructor(t){this.variableNames=["x"],this.workPerThread=1,this.workgroupSize=[64,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize,[this.workPerThread,1,1]);let e=ce(this.outputShape.length);this.uniforms=`begin : ${e},  strides : ${e}, `,this.shaderKey="stridedSlice"}getUserCode(){let t=this.outputShape.length,e="";if(t===1)e="coords * uniforms.strides + uniforms.begin";else{let n=0;e=this.outputShape.map((s,i)=>(n++,this.outputShape.length===1?`coords * uniforms.strides[${i}] + uniforms.begin[${i}]`:`coords[${n-1}] * uniforms.strides[${i}] + uniforms.begin[${i}]`)).join(",")}return`
       ${T("index")} {
         if (index < uniforms.size) {
           let coords = getCoordsFromIndex(index);
           setOutputAtIndex(index, getX(${e}));
         }
       }
     `}};function H2(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{begin:s,end:i,strides:a,beginMask:u,endMask:l,ellipsisMask:c,newAxisMask:p,shrinkAxisMask:m}=o,{finalShapeSparse:d,finalShape:f,isIdentity:h,sliceDim0:g,isSimpleSlice:y,begin:w,end:b,strides:I}=pe.sliceInfo(n.shape,s,i,a,u,l,c,p,m),C;if(h)C=z({inputs:{x:n},backend:e,attrs:{shape:f}});else if(g||y){x.assert(n.shape.length>=1,()=>`Input must have rank at least 1, got: ${n.shape.length}`);let k=pe.computeOutShape(w,b,I),A=rt({inputs:{x:n},backend:e,attrs:{begin:w,size:k}});C=z({inputs:{x:A},backend:e,attrs:{shape:f}}),e.disposeData(A.dataId)}else if(e.shouldExecuteOnCPU([n])){let A=e.readSync(n.dataId),P=te(n.shape,n.dtype,A),_=Am(d,P,I,w);C=e.makeTensorInfo(f,n.dtype,_.values)}else{let A=new ps(d),P=[{type:"int32",data:w},{type:"int32",data:I}],_=e.runWebGPUProgram(A,[n],n.dtype,P);C=z({inputs:{x:_},backend:e,attrs:{shape:f}}),e.disposeData(_.dataId)}return C}var Qd={kernelName:Qr,backendName:"webgpu",kernelFunc:H2};var q2=Q({opType:D.SUB,cpuKernelImpl:Rm,supportsComplex:!0}),Zd={kernelName:"Sub",backendName:"webgpu",kernelFunc:q2};function K2(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{axis:s,keepDims:i}=o;return Ke(n,s,i,"sum",e)}var Jd={kernelName:"Sum",backendName:"webgpu",kernelFunc:K2};var j2=K({opType:E.TANH}),ef={kernelName:nn,backendName:"webgpu",kernelFunc:j2};var ms=class{constructor(t,e){this.variableNames=["A"],this.workgroupSize=[64,1,1],this.size=!0;let o=new Array(t.length);for(let n=0;n<o.length;n++)o[n]=t[n]*e[n];this.outputShape=o,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.rank=this.outputShape.length,this.shaderKey="tile"}getUserCode(){let t=X2(this.rank,"uniforms.");return`
      ${T("index")} {
        if (index < uniforms.size) {
          let resRC = getCoordsFromIndex(index);
          setOutputAtIndex(index, getA(${t}));
        }
      }
    `}};function X2(r,t=""){if(r>=5)throw Error(`Tile for rank ${r} is not yet supported`);if(r===1)return`(resRC % ${t}aShape)`;let e=["resRC.x","resRC.y","resRC.z","resRC.w"],o=[];for(let n=0;n<r;n++)o.push(`(${e[n]} % ${t}aShape[${n}])`);return o.join()}function Y2(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{reps:s}=o;if(e.shouldExecuteOnCPU([n])||n.dtype==="string"||n.shape.length>=5){let u=e.readSync(n.dataId),l=n.dtype==="string"?u.map(m=>x.decodeString(m)):u,c=te(n.shape,n.dtype,l),p=Em(c,s);return e.makeTensorInfo(p.shape,p.dtype,p.values)}let i=new ms(n.shape,s);return e.runWebGPUProgram(i,[n],n.dtype)}var tf={kernelName:wt,backendName:"webgpu",kernelFunc:Y2};var ds=class{constructor(t){this.variableNames=["x","indices"],this.workgroupSize=[256,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.uniforms=`inputSize : i32, firstPass : i32, negativeInf : f32,
        dir : i32, inc : i32,`,this.shaderKey="swap"}getUserCode(){return`
        ${T("index")} {
          if (index < uniforms.size) {
            let outC = getCoordsFromIndex(index);
            let batch = outC[0];
            let elemIdx = outC[1];
            // We compare elements pair-wise within a group of size 2 * inc.
            // The comparing rule for each group alternates between ascending
            // and descending. Within each group, we compare each pair at
            // positions i and i+inc. To decide whether an element at position i
            // is x0 or x1, we mod it by 2 * inc, if the result is smaller than
            // inc, it is in the first half of the group, we denote it as x0,
            // otherwise we denote it as x1.
            // For example, as shown in the Bitonic top K paper referenced
            // above, Figure5(a) shows that element[1] is in the second half of
            // the group when group size is 2, but it is in the first half of
            // the group when group size is 4.
            let isFirstInPair = elemIdx % (2 * uniforms.inc) < uniforms.inc;
            var i = 0;
            if (isFirstInPair) {
              i = elemIdx;
            } else {
              i = elemIdx - uniforms.inc;
            }

            var i0 = 0;
            if (uniforms.firstPass == 1) {
              i0 = i;
            } else {
              i0 = i32(getIndices(batch, i));
            }

            var i1 = 0;
            if (uniforms.firstPass == 1) {
              i1 = i + uniforms.inc;
            } else {
              i1 = i32(getIndices(batch, i + uniforms.inc));
            }

            var x0 = f32(0.0);
            var x1 = f32(0.0);
            if (i0 < uniforms.inputSize) {
              x0 = getX(batch, i0);
            } else {
              x0 = uniforms.negativeInf;
            }
            if (i1 < uniforms.inputSize) {
              x1 = getX(batch, i1);
            } else {
              x1 = uniforms.negativeInf;
            }

            let reverse = elemIdx % (2 * uniforms.dir) >= uniforms.dir;
            let isGreater = x0 > x1 || (x0 == x1 && i1 > i0);
            if (reverse == isGreater) {
              // Elements in opposite order of direction
              let iTemp = i0;
              i0 = i1;
              i1 = iTemp;
            }
            if (isFirstInPair) {
              setOutputAtIndex(index, f32(i0));
            } else {
              setOutputAtIndex(index, f32(i1));
            }
          }
        }
      `}},fs=class{constructor(t){this.variableNames=["x","indices"],this.workgroupSize=[256,1,1],this.size=!0,this.outputShape=t,this.dispatchLayout=M(this.outputShape),this.dispatch=F(this.dispatchLayout,this.outputShape,this.workgroupSize),this.uniforms="inputSize : i32, firstPass : i32, k : i32,",this.shaderKey="merge"}getUserCode(){return`
        ${T("index")} {
          if (index < uniforms.size) {
            let outC = getCoordsFromIndex(index);
            let batch = outC[0];
            let elemIdx = outC[1];
            // The output size is half of the previous size.
            // If the previous sequence is | | | | _ _ _ _  | | | |  _ _ _ _
            // (k=4), we only need to output the indices at positions |, the
            // indices at positions _ can be thrown away, see Figure5(b) After
            // Phase 2 (Merge phase) in the Bitonic Top K paper referenced
            // above.
            // For example, the paper shows we only need to output the orange
            // bars. The output sequence should look like this | | | | | | | |.
            // Because the sequence is halved, to map the output index back to
            // the previous sequence to find the corresponding value, we need
            // to double the index. When we double the index, we basically
            // interpolate a position, so 2i looks like
            // | _ | _ | _ | _ | _ | _ | _. We move the | to the first k
            // position of each 2k positions by - elemIdx % k. E.g. for output
            // at index 4,5,6,7, we want to get the corresponding element at
            // original index 8,9,10,11, for output at index 8,9,10,11,
            // we want to get the corresponding element at original index
            // 16,17,18,19, so on and so forth.

            var i = 0;
            if (elemIdx < uniforms.k) {
              i = elemIdx;
            } else {
              i = elemIdx * 2 - elemIdx % uniforms.k;
            }
            var i0 = 0;
            if (uniforms.firstPass == 1) {
              i0 = i;
            } else {
              i0 = i32(getIndices(batch, i));
            }
            var i1 = 0;
            if (uniforms.firstPass == 1) {
              i1 = i + uniforms.k;
            } else {
              i1 = i32(getIndices(batch, i + uniforms.k));
            }

            let x0 = getX(batch, i0);
            var x1 = f32(0.0);
            if (i1 < uniforms.inputSize) {
              x1 = getX(batch, i1);
            } else {
              x1 = x0;
            }

            if (x0 >= x1) {
              setOutputAtIndex(index, f32(i0));
            } else {
              setOutputAtIndex(index, f32(i1));
            }
          }
        }
      `}};function Cr(r,t){t!==null&&r.disposeData(t.dataId)}function rf(r){let t=1;for(;t<r;)t*=2;return t}function Q2(r){let{inputs:t,backend:e,attrs:o}=r,{x:n}=t,{k:s,sorted:i}=o,a=n.shape,u=a[a.length-1];if(e.shouldExecuteOnCPU([n])){let C=e.readSync(n.dataId),[k,A]=_m(C,a,n.dtype,s,i);return[e.makeTensorInfo(k.shape,k.dtype,k.values),e.makeTensorInfo(A.shape,A.dtype,A.values)]}if(s===0)return a[a.length-1]=0,[e.makeTensorInfo(a,n.dtype,[]),e.makeTensorInfo(a,"int32",[])];if(u===1)return[n,Pt({attrs:{shape:a,dtype:"int32",value:0},backend:e})];let c=x.sizeFromShape(a)/u,p=z({inputs:{x:n},attrs:{shape:[c,u]},backend:e}),m=rf(s),d=rf(u),f=null,h=()=>f===null?[p,p]:[p,f],g=(C,k,A)=>{let P=h(),_=new ds(A),N=[{type:"int32",data:[u]},{type:"int32",data:[f===null?1:0]},{type:"float32",data:[Number.NEGATIVE_INFINITY]},{type:"int32",data:[C]},{type:"int32",data:[k]}],U=f;f=e.runWebGPUProgram(_,P,"int32",N),Cr(e,U)};for(let C=1;C<m;C*=2){let k=C*2;for(let A=C;A>=1;A/=2)g(k,A,[c,d])}for(let C=d;C>m;C/=2){let k=h(),A=new fs([c,C/2]),_=[{type:"int32",data:[u]},{type:"int32",data:[f===null?1:0]},{type:"int32",data:[m]}],O=f;f=e.runWebGPUProgram(A,k,"int32",_),Cr(e,O);let N=m/2,U=N*2;for(let H=N;H>=1;H/=2)g(U,H,f.shape)}let y=f;f=rt({inputs:{x:f},backend:e,attrs:{begin:0,size:[c,s]}}),Cr(e,y);let w=fa({inputs:{x:p,indices:f},backend:e,attrs:{axis:1,batchDims:1}});Cr(e,p);let b=a.slice(0,-1);b.push(s),y=f,f=z({inputs:{x:f},attrs:{shape:b},backend:e}),Cr(e,y);let I=w;return w=z({inputs:{x:w},attrs:{shape:b},backend:e}),Cr(e,I),[w,f]}var of={kernelName:Zr,backendName:"webgpu",kernelFunc:Q2};function Z2(r){let{inputs:t,backend:e,attrs:o}=r,{value:n}=t,{axis:s}=o;s<0&&(s+=n.shape.length);let i=n,a=i.shape.length,u=n.shape[s],l=new Array(a-1),c=0;for(let h=0;h<a;h++)h!==s&&(l[c++]=i.shape[h]);let p=[],m=new Array(a).fill(0),d=i.shape.slice();d[s]=1;let f=new Array(u);for(let h=0;h<f.length;h++){m[s]=h;let g=rt({inputs:{x:i},backend:e,attrs:{begin:m,size:d}}),y=z({inputs:{x:g},backend:e,attrs:{shape:l}});f[h]=y,p.push(g)}return p.forEach(h=>e.disposeData(h.dataId)),f}var nf={kernelName:sn,backendName:"webgpu",kernelFunc:Z2};var J2=Float32Array.from({length:256},(r,t)=>t/255);function xa(r){let{width:t,height:e,channels:o,data:n}=r,s=new Float32Array(n.length);if(n instanceof Uint8Array)for(let i=0;i<s.length;i++)s[i]=J2[n[i]];else for(let i=0;i<s.length;i++)s[i]=n[i]/65535;return{width:t,height:e,channels:o,data:s}}var e1=2**18,t1=64;function hs(r,t){return Math.min(t1,Math.max(1,Math.floor(e1/(r*t))))}function sf(r,t){let e=r.length;if(t instanceof Uint8Array){let n=new Uint8ClampedArray(t.buffer,t.byteOffset,e);for(let s=0;s<e;s++)n[s]=Math.fround(r[s]*255);return}let o=6755399441055744;for(let n=0;n<e;n++){let s=Math.fround(r[n]*65535);t[n]=s>0?s<65535?s+o-o:65535:0}}function xs(r,t){let{width:e,height:o,channels:n}=r;return{width:e,height:o,channels:n,[Symbol.asyncIterator]:()=>t()[Symbol.asyncIterator]()}}var gs=class{#e;#t;#n;#o=[];#r=0;#i=!1;constructor(t){this.#e=t[Symbol.asyncIterator](),this.#t=t.height,this.#n=t.width*t.channels}async reach(t){for(;this.#r<Math.min(t,this.#t);){let{value:e,done:o}=await this.#e.next();if(o)throw this.#i=!0,new RangeError(`the picture ends after ${this.#r} of ${this.#t} rows`);if(e.data.length!==e.height*this.#n)throw new RangeError(`a band of ${e.height} rows has ${e.data.length} samples`);e.height>0&&this.#o.push({top:this.#r,image:e}),this.#r+=e.height}}release(t){let e=this.#o.findIndex(({top:o,image:n})=>o+n.height>t);this.#o=e<0?[]:this.#o.slice(e)}row(t){for(let e=this.#o.length-1;e>=0;e--){let{top:o,image:n}=this.#o[e];if(t<o)continue;if(t>=o+n.height)break;let s=(t-o)*this.#n;return n.data.subarray(s,s+this.#n)}throw new RangeError(`row ${t} is not in the window`)}async[Symbol.asyncDispose](){this.#o=[],!this.#i&&(this.#i=!0,await this.#e.return?.())}};var ys=16,r1=64;function af(r){let{width:t,height:e,channels:o}=r;return o===1||o===3?r:xs(r,async function*(){var a=[];try{let n=No(a,new gs(r),!0);let s=t*o,i=Math.max(r1,hs(t,o));for(let m=0;m<e;m+=i){let d=Math.min(e,m+i),f=Math.max(0,m-ys),h=Math.min(e,d+ys);await n.reach(h);let g=new Float32Array((h-f)*s);for(let w=f;w<h;w++)g.set(n.row(w),(w-f)*s);o1(g,t,h-f,o);let y=g.subarray((m-f)*s,(d-f)*s);yield{width:t,height:d-m,channels:o,data:y},n.release(d-ys)}}catch(u){var l=u,c=!0}finally{var p=Bo(a,l,c);p&&await p}})}function o1(r,t,e,o){let n=o-1,s=t*e,i;for(let u=0,l=n;u<s;u++,l+=o)r[l]===0&&(i??=new Uint8Array(s),i[u]=255,r.fill(0,l-n,l));if(i===void 0)return;let a=[];for(let u=0;u<s;u++)i[u]===255&&s1(i,u,t,e,0)&&a.push(u);for(let u=1;u<=ys&&a.length>0;u++){for(let c of a)n1(r,i,c,t,e,o,u);let l=[];for(let c of a)i[c]=u;for(let c of a)for(let p of ya(c,t,e))i[p]===255&&(i[p]=254,l.push(p));for(let c of l)i[c]=255;a=l}}function n1(r,t,e,o,n,s,i){let a=ya(e,o,n).filter(u=>t[u]<i);for(let u=0;u<s-1;u++){let l=0;for(let c of a)l+=r[c*s+u];r[e*s+u]=l/a.length}}function s1(r,t,e,o,n){return ya(t,e,o).some(s=>r[s]===n)}function ya(r,t,e){let o=r%t,n=(r-o)/t,s=[];for(let i=Math.max(0,n-1);i<=Math.min(e-1,n+1);i++)for(let a=Math.max(0,o-1);a<=Math.min(t-1,o+1);a++)(a!==o||i!==n)&&s.push(i*t+a);return s}var ws=class extends Error{};var uf={OK:0,SOME_FAILED:1,USAGE:2,ENVIRONMENT:3,DATA:4,DIVERGED:5,STORAGE:6,INTERRUPTED:130,TERMINATED:143},Ao=class extends Error{constructor(e,o,n){super(e,n);this.exitCode=o}exitCode;name="UserError"};function vr(r,t){let{tile:e,grid:o,context:n,blend:s,inside:i}=t,a=Math.ceil(r/o),u=i?r:a*o,l=Math.max(1,Math.floor(Math.min(e,a*o)/o)),c=Math.ceil(a/l),p=i1(n+(c>1?s:0),o),m=Math.ceil(a/c)*o+2*p+u%o;if(c===1||m>=u)return{length:r,padded:u,window:u,spans:[{origin:0,core:0,coreEnd:r,fadeBefore:0,fadeAfter:0}]};let d=Array.from({length:c+1},(g,y)=>o*Math.round(y*a/c)),f=g=>{if(g===0||g===c)return 0;let[y,w,b]=d.slice(g-1,g+2);return Math.min(s,Math.floor(Math.min(w-y,b-w)/2))},h=Array.from({length:c},(g,y)=>{let w=d[y];return{origin:Math.min(Math.max(0,w-p),u-m),core:w,coreEnd:Math.min(d[y+1],r),fadeBefore:f(y),fadeAfter:f(y+1)}});return{length:r,padded:u,window:m,spans:h}}function cf(r,t){let e=Math.min(t,r.padded),o=e-r.window;if(o<0)throw new RangeError(`windows of ${r.window} pixels do not fit into ${t}`);let n=r.spans.map(s=>({...s,origin:Math.min(Math.max(0,s.origin-Math.floor(o/2)),r.padded-e)}));return{...r,window:e,spans:n}}function Ro(r,{length:t,padded:e},o){if(r<t)return r;if(o==="zeros")return-1;let n=o==="reflect"?1:0;return e-t>t-n?t-1:2*t-1-n-r}function wa(r,t,e){let o=ba(r,e);return Float32Array.from({length:Sa(r,t,e)-o},(n,s)=>{let i=(o+s+.5)/e,a=r.fadeBefore===0?1:lf(i-r.core,r.fadeBefore),u=r.fadeAfter===0?1:1-lf(i-r.coreEnd,r.fadeAfter);return a*u})}function ba(r,t){return(r.core-r.fadeBefore)*t}function Sa(r,t,e){return Math.min(r.coreEnd+r.fadeAfter,t.length)*e}function lf(r,t){let e=Math.min(1,Math.max(0,(r+t)/(2*t)));return Math.fround(e*e*(3-2*e))}function i1(r,t){return Math.ceil(r/t)*t}var kr=class{#e;#t;#n;#o;#r;#i;#s=new Float32Array(0);#u=0;#a=0;constructor(t,e){this.#e=t,this.#t=e;let{columns:o,rows:n,scale:s}=t;this.#n=o.spans.map(i=>wa(i,o,s)),this.#o=n.spans.map(i=>wa(i,n,s)),this.#r=new Uint8Array(t.tiles.length),this.#i=n.spans.map(()=>o.spans.length)}get done(){return this.#a===this.#e.height*this.#e.scale}add(t,e){let{window:o,scale:n,width:s}=this.#e,i=this.#t,a=o.width*n*o.height*n*i;if(e.length!==a)throw new RangeError(`a tile of ${o.width}x${o.height} pixels must give ${a} numbers, received ${e.length}`);if(this.#r[t.index]!==0)throw new RangeError(`tile ${t.index} was added before`);this.#r[t.index]=1,this.#i[t.row]--;let{x:u,y:l,width:c,height:p}=t.output;this.#c(l+p);let m=this.#n[t.column],d=this.#o[t.row],f=s*n*i,h=o.width*n*i,g=m.indexOf(1),y=m.lastIndexOf(1)+1,w=((l-t.window.y*n)*o.width+u/n-t.window.x)*n*i,b=(l-this.#u)*f+u*i;for(let I=0;I<p;I++,w+=h,b+=f){let C=d[I];if(C===1&&g>=0){this.#l(e,w,b,m,1,0,g);let k=e.subarray(w+g*i,w+y*i);this.#s.set(k,b+g*i),this.#l(e,w,b,m,1,y,c)}else this.#l(e,w,b,m,C,0,c)}}take(t=1/0){let{scale:e,height:o,width:n}=this.#e,s=this.#i.findIndex(c=>c>0),i=s<0?o*e:this.#e.tiles[s*this.#e.columns.spans.length].output.y,a=Math.min(t,i-this.#a);if(a<=0)return;let u=n*e*this.#t,l=(this.#a-this.#u)*u;return this.#a+=a,{width:n*e,height:a,channels:this.#t,data:this.#s.slice(l,l+a*u)}}#l(t,e,o,n,s,i,a){let u=this.#t,l=this.#s;for(let c=i;c<a;c++){let p=s*n[c];for(let m=c*u;m<(c+1)*u;m++)l[o+m]+=p*t[e+m]}}#c(t){let e=this.#e.width*this.#e.scale*this.#t;if((t-this.#u)*e<=this.#s.length)return;let o=this.#s.subarray((this.#a-this.#u)*e);if((t-this.#a)*e<=this.#s.length){let n=o.length;this.#s.copyWithin(0,o.byteOffset/4),this.#s.fill(0,n)}else{let n=new Float32Array((t-this.#a)*e);n.set(o),this.#s=n}this.#u=this.#a}};function bs(r){return Math.min(8,Math.floor(r/4))}function Ss(r){let{width:t,height:e,scale:o,context:n,multiple:s=1,padding:i="reflect"}=r,[a,u]=typeof r.tile=="number"?[r.tile,r.tile]:r.tile;for(let[f,h]of Object.entries({width:t,height:e,scale:o,multiple:s}))a1(f,h);let l=r.blend??bs(Math.min(a||1/0,u||1/0));for(let[f,h]of Object.entries({tile:a,"height of tile":u,context:n,blend:l}))if(!Number.isInteger(h)||h<0)throw new RangeError(`${f} must be a whole number of pixels, received ${h}`);let c=(f,h,g)=>{let y=vr(f,{tile:h||1/0,grid:s,context:n,blend:l,inside:i==="inside"});return g===void 0?y:cf(y,g)},p=c(t,a,r.windowSize?.[0]),m=c(e,u,r.windowSize?.[1]),d=m.spans.flatMap((f,h)=>p.spans.map((g,y)=>({index:h*p.spans.length+y,row:h,column:y,window:{x:g.origin,y:f.origin,width:p.window,height:m.window},core:df(pf(g,o),pf(f,o)),output:df(mf(g,p,o),mf(f,m,o))})));return{width:t,height:e,scale:o,window:{width:p.window,height:m.window},context:n,columns:p,rows:m,padding:i,tiles:d}}function Ia(r,t){let{rows:e,padding:o,height:n}=r,{origin:s}=e.spans[t],i=s+e.window-1,a=i>=n?Ro(i,e,o):s,u=a<0?s:Math.min(s,a);return[Math.min(u,n-1),Math.min(i+1,n)]}function pf(r,t){return[r.core*t,r.coreEnd*t]}function mf(r,t,e){return[ba(r,e),Sa(r,t,e)]}function df([r,t],[e,o]){return{x:r,y:e,width:t-r,height:o-e}}function a1(r,t){if(!Number.isInteger(t)||t<1)throw new RangeError(`${r} must be a positive whole number, received ${t}`)}var Ar=class{#e;#t;#n;#o=[];#r=0;constructor(t,e){this.#e=t,this.#t=e,this.#n=Int32Array.from({length:t.columns.padded},(o,n)=>Ro(n,t.columns,t.padding))}get rows(){return this.#r}push(t){let{width:e,height:o}=this.#e;if(t.width!==e||t.channels!==this.#t)throw new RangeError(`rows of ${e} pixels and ${this.#t} channels are due, received ${t.width} pixels and ${t.channels} channels`);if(this.#r+t.height>o)throw new RangeError(`the picture has ${o} rows, received ${this.#r+t.height}`);this.#o.push({from:this.#r,image:t}),this.#r+=t.height}ready(t){return this.#r>=Ia(this.#e,t)[1]}cut(t,e){let{x:o,y:n,width:s,height:i}=t.window,a=s*this.#t,u=e??new Float32Array(i*a);for(let l=0;l<i;l++){let c=Ro(n+l,this.#e.rows,this.#e.padding);this.#i(c,o,u.subarray(l*a,(l+1)*a))}return u}release(t){let e=t+1<this.#e.rows.spans.length?Ia(this.#e,t+1)[0]:this.#e.height;this.#o=this.#o.filter(({from:o,image:n})=>o+n.height>e)}#i(t,e,o){if(t<0){o.fill(0);return}let n=this.#t,{width:s}=this.#e,i=this.#o.find(({from:p,image:m})=>t>=p&&t<p+m.height);if(i===void 0)throw new RangeError(`row ${t} is not there`);let a=(t-i.from)*s*n,{data:u}=i.image,l=o.length/n,c=Math.min(l,s-e);o.set(u.subarray(a+e*n,a+(e+c)*n));for(let p=c;p<l;p++){let m=this.#n[e+p];for(let d=0;d<n;d++)o[p*n+d]=m<0?0:u[a+m*n+d]}}};var u1=8,l1=/OOM|RESOURCE_EXHAUSTED|out of memory|allocation (?:failed|failure)|failed to allocate|cannot enlarge memory|invalid (?:typed )?array (?:buffer )?length/i,ff=16;function c1(r){return r instanceof Ao||!(r instanceof Error)?!1:r instanceof ws&&r.code===u1?!0:p1(r.message)}function p1(r){return l1.test(r)}var Is=class{constructor(t,e){this.multiple=t;this.padding=e}multiple;padding;pixels=1/0;#e=1/0;parts(t,e,o){return this.#t(t,e,o,Eo(t)<=this.pixels?0:this.#e)}shrink(t,e){let o=Eo(e.window),n=Math.min(this.#e,Math.max(t.width,t.height));for(;n>ff;){n=Math.max(ff,Math.ceil(n/2));let s=this.#t(t,e.scale,e.context,n);if(!(Eo(s.window)>=o))return this.#e=n,this.pixels=Eo(s.window),s}}#t({width:t,height:e},o,n,s){let{multiple:i,padding:a}=this;return Ss({width:t,height:e,scale:o,tile:s,context:n,multiple:i,padding:a})}};async function hf(r,t,e,o,n={}){let{scale:s}=t.stage,i=r.parts(e,s,o);for(;;)try{return await m1(i,t,e,n)}catch(a){if(!c1(a))throw a;let{width:u,height:l}=i.window,c=r.parts(e,s,o),p=Eo(c.window)<u*l?c:r.shrink(e,i);if(p===void 0)throw new Ao(`${t.stage.source}: memory does not suffice for ${u}x${l} pixels, the smallest tile of this network: close other programs, or take a smaller model`,uf.ENVIRONMENT,{cause:a});i=p;let{window:m}=i;n.say?.(`out of memory at ${u}x${l} pixels: going on with tiles of ${m.width}x${m.height}`)}}async function m1(r,t,e,o){if(r.tiles.length===1)return await t.run(e,o);let{inputChannels:n,outputChannels:s}=t.stage,{width:i,height:a}=r.window,u=new Ar(r,n);u.push({width:r.width,height:r.height,channels:n,data:e.data});let l=new kr(r,s);for(let c of r.tiles){let p={width:i,height:a,data:u.cut(c)};l.add(c,await t.run(p,o))}return l.take().data}function Eo({width:r,height:t}){return r*t}function xf(r,t,e,o=!0){for(let n of[t,e])if(!(Number.isInteger(n)&&n>0))throw new RangeError(`imresizeTo: sides must be positive integers, received ${t}x${e}`);return d1(r,t,e,t/r.width,e/r.height,o)}function d1(r,t,e,o,n,s){let{channels:i}=r;if(r.width<1||r.height<1)throw new RangeError(`cannot resize an image of ${r.width}x${r.height} pixels`);let a=gf(r.height,e,n,s),u=gf(r.width,t,o,s),l=r.width*i,c=new Float32Array(e*l),p=new Float64Array(l);for(let g=0;g<e;g++){p.fill(0);for(let y=g*a.taps;y<(g+1)*a.taps;y++){let w=a.weights[y];if(w===0)continue;let b=a.indices[y]*l;for(let I=0;I<l;I++)p[I]+=w*r.data[b+I]}c.set(p,g*l)}let m=new Float32Array(e*t*i),{taps:d,weights:f,indices:h}=u;for(let g=0,y=0;g<e;g++){let w=g*l;for(let b=0;b<t;b++)for(let I=0;I<i;I++,y++){let C=0;for(let k=b*d;k<(b+1)*d;k++)C+=f[k]*c[w+h[k]*i+I];m[y]=C}}return{width:t,height:e,channels:i,data:m}}function gf(r,t,e,o){let n=e<1&&o?e:1,s=4/n,i=Math.ceil(s)+2,a=new Float64Array(t*i),u=new Uint32Array(t*i);for(let l=0;l<t;l++){let c=(l+1)/e+.5*(1-1/e),p=Math.floor(c-s/2),m=0;for(let d=0;d<i;d++){let f=f1((c-p-d)*n);a[l*i+d]=f,u[l*i+d]=h1(p+d-1,r),m+=f}for(let d=0;d<i;d++)a[l*i+d]/=m}return{taps:i,weights:a,indices:u}}function f1(r){let t=Math.abs(r);return t<=1?(1.5*t-2.5)*t*t+1:t<=2?((-.5*t+2.5)*t-4)*t+2:0}function h1(r,t){let e=2*t,o=(r%e+e)%e;return o<t?o:e-1-o}var Ca=[.299,.587,.114];function yf(r){return r<3?1:3}function wf(r){return r===2||r===4}function Rr(r,t,e,o){let{first:n,count:s}=e,{colours:i,noise:a=0}=o,u=r.length/t;if(t===o.channels&&s===t)return r;let l=new Float32Array(u*o.channels),c=s===1?0:1;for(let p=0,m=n,d=0;p<u;p++,m+=t,d+=o.channels){for(let f=0;f<i;f++)l[d+f]=r[m+f*c];for(let f=i;f<o.channels;f++)l[d+f]=a}return l}function g1(r,t){return Ca[0]*va(r[t])+Ca[1]*va(r[t+1])+Ca[2]*va(r[t+2])}function va(r){return r<0?0:r>1?1:r}function Cs(r,t,e,o){for(let n=0,s=o;n<r.length;n+=3,s+=e)t[s]=g1(r,n)}function vs(r,t,e,o,n){for(let s=0,i=n;s<r.length;s+=t,i+=o)for(let a=0;a<t;a++)e[i+a]=r[s+a]}var ks=4;async function bf(r){let{data:t,channels:e,width:o,height:n,scale:s,network:i}=r,a={first:e-1,count:1},u=Rr(t,e,a,{channels:1,colours:1}),l=x1(u);if(l===0||l===1)return l;let p=i===void 0?s===1?u:xf({width:o,height:n,channels:1,data:u},o*s,n*s).data:await i(u),m=new Float32Array(p.length);for(let d=0;d<p.length;d++)m[d]=Math.min(1,Math.max(0,p[d]));return y1(u,o,n,s,m),m}function Sf(r,t,e){return Rr(r,1,{first:0,count:1},{channels:t,colours:e})}function If(r,t){if(t!==3)return r;let e=new Float32Array(r.length/3);return Cs(r,e,1,0),e}function x1(r){let[t]=r;for(let e=1;e<r.length;e++)if(r[e]!==t)return;return t}function y1(r,t,e,o,n){for(let s of[0,1]){let i=w1(r,t,e,s);for(let a=0;a<e;a++){let u=Math.max(0,a-ks),l=Math.min(e,a+ks+1);for(let c=0;c<t;c++){if(r[a*t+c]!==s)continue;let p=Math.max(0,c-ks),m=Math.min(t,c+ks+1),d=t+1;if(!(i[l*d+m]-i[u*d+m]-i[l*d+p]+i[u*d+p]>0))for(let h=0;h<o;h++){let g=((a*o+h)*t+c)*o;n.fill(s,g,g+o)}}}}}function w1(r,t,e,o){let n=new Int32Array((t+1)*(e+1));for(let s=0;s<e;s++)for(let i=0,a=0;i<t;i++)r[s*t+i]!==o&&a++,n[(s+1)*(t+1)+i+1]=n[s*(t+1)+i+1]+a;return n}async function kf(r,t,e,o,n){let{width:s,height:i}=r,a=new Float64Array(s*i*e**2*o);for(let l of[!1,!0])for(let[c,p]of[[!1,!1],[!0,!1],[!1,!0],[!0,!0]]){let m=Cf(s,i,t,c,p,l),d=new Float32Array(r.data.length);vf(m,t,(w,b)=>d[w]=r.data[b]);let[f,h]=l?[i,s]:[s,i],g=await n({width:f,height:h,data:d}),y=Cf(s*e,i*e,o,c,p,l);vf(y,o,(w,b)=>a[b]+=g[w])}let u=new Float32Array(a.length);for(let l=0;l<u.length;l++)u[l]=a[l]/8;return u}function Cf(r,t,e,o,n,s){let i=(s?t:1)*e,a=(s?1:r)*e;return{width:r,height:t,start:(o?(r-1)*i:0)+(n?(t-1)*a:0),right:o?-i:i,down:n?-a:a}}function vf({width:r,height:t,start:e,right:o,down:n},s,i){for(let a=0,u=0;a<t;a++)for(let l=0,c=e+a*n;l<r;l++,c+=o)for(let p=0;p<s;p++,u++)i(c+p,u)}var b1=15,S1=2;function Af(r,t,e){let{plan:o,signal:n,onTile:s}=e,{channels:i}=r,a={width:o.width*o.scale,height:o.height*o.scale,channels:i},u=hs(a.width,i);return xs(a,async function*(){let l=r[Symbol.asyncIterator](),c=new Ar(o,i),p=new kr(o,i),m=new AbortController,d=AbortSignal.any([m.signal,...n===void 0?[]:[n]]),f=[],h=async()=>{let{tile:g,output:y}=f.shift();p.add(g,await y),s?.(g)};try{for(let g of o.tiles){for(n?.throwIfAborted();!c.ready(g.row);){let{value:w,done:b}=await l.next();if(b)throw new RangeError(`the picture ends after ${c.rows} rows`);c.push(w)}let y=I1(c.cut(g),t,i,{...e,signal:d});if(y.catch(()=>{}),f.push({tile:g,output:y}),o.tiles[g.index+1]?.row!==g.row&&c.release(g.row),!(f.length<S1)){await h();for(let w;w=p.take(u);)yield w}}for(;f.length>0;)await h();for(let g;g=p.take(u);)yield g}finally{m.abort(),await Promise.allSettled(f.map(({output:g})=>g)),await l.return?.()}})}async function I1(r,t,e,o){let{plan:n,limit:s,tta:i,signal:a,say:u,noise:l=b1}=o,{window:{width:c,height:p},scale:m}=n,{inputChannels:d,outputChannels:f}=t.stage,h=d-(t.noiseMap?1:0),g=C=>{let k=P=>hf(s,t,P,n.context,{signal:a,say:u}),A={width:c,height:p,data:C};return i?kf(A,d,m,f,k):k(A)},y={channels:d,colours:h,noise:l/255},w=yf(e),b=e===f?void 0:new Float32Array(c*p*m**2*e);if(w===h||h===3){let C=await g(Rr(r,e,{first:0,count:w},y));if(b===void 0)return C;w===f?vs(C,w,b,e,0):Cs(C,b,e,0)}else for(let C=0;C<w;C++){let k=await g(Rr(r,e,{first:C,count:1},y));vs(k,1,b,e,C)}if(!wf(e))return b;let I=await bf({data:r,channels:e,width:c,height:p,scale:m,network:o.alpha==="bicubic"?void 0:async C=>If(await g(Sf(C,d,h)),f)});if(typeof I=="number")for(let C=e-1;C<b.length;C+=e)b[C]=I;else vs(I,1,b,e,e-1);return b}var ka=$();ka.registerFlag("WASM_HAS_SIMD_SUPPORT",async()=>{try{return WebAssembly.validate(new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,10,9,1,7,0,65,0,253,15,26,11]))}catch{return!1}});ka.registerFlag("WASM_HAS_MULTITHREAD_SUPPORT",async()=>{if(ka.get("IS_NODE"))return!1;try{return new MessageChannel().port1.postMessage(new SharedArrayBuffer(1)),WebAssembly.validate(new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,5,4,1,3,1,1,10,11,1,9,0,65,0,254,16,2,0,26,11]))}catch{return!1}});var v1=Ya(Ea());var Rs=class extends je{constructor(t){super(),this.wasm=t,this.dataIdNextNumber=1,this.wasm.tfjs.initWithThreadsCount(A1),R1=this.wasm.tfjs.getThreadsCount(),this.dataIdMap=new mt(this,Ie())}write(t,e,o){let n={id:this.dataIdNextNumber++};return this.move(n,t,e,o,1),n}numDataIds(){return this.dataIdMap.numDataIds()}async time(t){let e=x.now();return t(),{kernelMs:x.now()-e}}move(t,e,o,n,s){let i=this.dataIdNextNumber++;if(n==="string"){let c=e;this.dataIdMap.set(t,{id:i,stringBytes:c,shape:o,dtype:n,memoryOffset:null,refCount:s});return}let a=x.sizeFromShape(o),u=a*x.bytesPerElement(n),l=this.wasm._malloc(u)>>>0;this.dataIdMap.set(t,{id:i,memoryOffset:l,shape:o,dtype:n,refCount:s}),this.wasm.tfjs.registerTensor(i,a,l),e!=null&&this.wasm.HEAPU8.set(new Uint8Array(e.buffer,e.byteOffset,u),l)}async read(t){return this.readSync(t)}readSync(t,e,o){let{memoryOffset:n,dtype:s,shape:i,stringBytes:a}=this.dataIdMap.get(t);if(s==="string")return(e==null||e===0)&&(o==null||o>=a.length)?a:a.slice(e,o);e=e||0,o=o||x.sizeFromShape(i);let u=x.bytesPerElement(s),l=this.wasm.HEAPU8.slice(n+e*u,n+o*u);return k1(l.buffer,s)}disposeData(t,e=!1){if(this.dataIdMap.has(t)){let o=this.dataIdMap.get(t);if(o.refCount--,!e&&o.refCount>0)return!1;this.wasm._free(o.memoryOffset),this.wasm.tfjs.disposeData(o.id),this.dataIdMap.delete(t)}return!0}refCount(t){return this.dataIdMap.has(t)?this.dataIdMap.get(t).refCount:0}incRef(t){let e=this.dataIdMap.get(t);e!=null&&e.refCount++}floatPrecision(){return 32}getMemoryOffset(t){return this.dataIdMap.get(t).memoryOffset}dispose(){this.wasm.tfjs.dispose(),"PThread"in this.wasm&&this.wasm.PThread.terminateAllThreads(),this.wasm=null}memory(){return{unreliable:!1}}makeOutput(t,e,o,n){let s;if(o==null)s=this.write(n??null,t,e);else{let i=this.dataIdNextNumber++;s={id:i},this.dataIdMap.set(s,{id:i,memoryOffset:o,shape:t,dtype:e,refCount:1});let a=x.sizeFromShape(t);this.wasm.tfjs.registerTensor(i,a,o)}return{dataId:s,shape:t,dtype:e}}typedArrayFromHeap({shape:t,dtype:e,dataId:o}){let n=this.wasm.HEAPU8.buffer,{memoryOffset:s}=this.dataIdMap.get(o),i=x.sizeFromShape(t);switch(e){case"float32":return new Float32Array(n,s,i);case"int32":return new Int32Array(n,s,i);case"bool":return new Uint8Array(n,s,i);default:throw new Error(`Unknown dtype ${e}`)}}};function k1(r,t){switch(t){case"float32":return new Float32Array(r);case"int32":return new Int32Array(r);case"bool":return new Uint8Array(r);default:throw new Error(`Unknown dtype ${t}`)}}var A1=-1,R1=-1;var De=$();De.registerFlag("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE",()=>15);De.registerFlag("WEBGPU_CPU_FORWARD",()=>!0);De.registerFlag("WEBGPU_MATMUL_PROGRAM_TYPE",()=>-1);De.registerFlag("WEBGPU_USE_NAIVE_CONV2D_TRANSPOSE",()=>!0);De.registerFlag("WEBGPU_USE_LOW_POWER_GPU",()=>!1);De.registerFlag("WEBGPU_CPU_HANDOFF_SIZE_THRESHOLD",()=>1e3);De.registerFlag("WEBGPU_USE_PROFILE_TOOL",()=>!1);De.registerFlag("WEBGPU_IMPORT_EXTERNAL_TEXTURE",()=>!0);De.registerFlag("WEBGPU_USE_NAIVE_CONV2D_DEBUG",()=>!1);De.registerFlag("WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL",()=>-1);De.registerFlag("WEBGPU_CONV_SEPARATE_IM2COL_SHADER",()=>!1);De.registerFlag("WEBGPU_PRINT_SHADER",()=>"");De.registerFlag("WEBGPU_ENGINE_COMPILE_ONLY",()=>!1);var Es=class{constructor(t){t&&(this.vendor=t.vendor,this.architecture=t.architecture,this.intelGPUGeneration=this.getIntelGPUGeneration())}getIntelGPUGeneration(){if(this.isIntel()){if(this.architecture.startsWith("gen"))return Number(this.architecture.match(/\d+/));if(this.architecture.startsWith("xe"))return 12}return 0}isIntel(){return this.vendor==="intel"}};var _s=class{constructor(t){this.device=t,this.numUsedBuffers=0,this.numFreeBuffers=0,this.freeBuffers=new Map,this.usedBuffers=new Map,this.numBytesUsed=0,this.numBytesAllocated=0}acquireBuffer(t,e,o=!1,n=!0){let s,i=Rf(t,e);return n?(this.freeBuffers.has(i)||this.freeBuffers.set(i,[]),this.freeBuffers.get(i).length>0?(s=this.freeBuffers.get(i).pop(),this.numFreeBuffers--):(s=this.device.createBuffer({size:t,usage:e,mappedAtCreation:o}),this.numBytesAllocated+=t)):(s=this.device.createBuffer({size:t,usage:e,mappedAtCreation:o}),this.numBytesAllocated+=t),this.usedBuffers.has(i)||this.usedBuffers.set(i,[]),this.usedBuffers.get(i).push(s),this.numUsedBuffers++,this.numBytesUsed+=t,s}releaseBuffer(t,e=!0){if(this.freeBuffers.size===0)return;let o=t.size,n=t.usage,s=Rf(o,n),i=this.usedBuffers.get(s),a=i.indexOf(t);if(a<0)throw new Error("Cannot find the buffer in buffer manager");i[a]=i[i.length-1],i.pop(),this.numUsedBuffers--,this.numBytesUsed-=o,e?(this.freeBuffers.get(s).push(t),this.numFreeBuffers++):(t.destroy(),this.numBytesAllocated-=o)}getNumUsedBuffers(){return this.numUsedBuffers}getNumFreeBuffers(){return this.numFreeBuffers}dispose(){this.freeBuffers.forEach((t,e)=>{t.forEach(o=>{o.destroy()})}),this.usedBuffers.forEach((t,e)=>{t.forEach(o=>{o.destroy()})}),this.freeBuffers=new Map,this.usedBuffers=new Map,this.numUsedBuffers=0,this.numFreeBuffers=0,this.numBytesUsed=0,this.numBytesAllocated=0}};function Rf(r,t){return`${r}_${t}`}var Ts=class{constructor(t){this.device=t,this.numUsedTextures=0,this.numFreeTextures=0,this.freeTextures=new Map,this.usedTextures=new Map,this.numBytesUsed=0,this.numBytesAllocated=0}acquireTexture(t,e,o,n){let s=_f(o),i=t*e*s,a=Ef(t,e,o,n);if(this.freeTextures.has(a)||this.freeTextures.set(a,[]),this.usedTextures.has(a)||this.usedTextures.set(a,[]),this.numBytesUsed+=i,this.numUsedTextures++,this.freeTextures.get(a).length>0){this.numFreeTextures--;let l=this.freeTextures.get(a).shift();return this.usedTextures.get(a).push(l),l}this.numBytesAllocated+=i;let u=this.device.createTexture({size:[t,e],format:o,usage:n});return this.usedTextures.get(a).push(u),u}releaseTexture(t){if(this.freeTextures.size===0)return;let e=t.width,o=t.height,n=t.format,s=t.usage,i=Ef(e,o,n,s);this.freeTextures.has(i)||this.freeTextures.set(i,[]),this.freeTextures.get(i).push(t),this.numFreeTextures++,this.numUsedTextures--;let a=this.usedTextures.get(i),u=a.indexOf(t);if(u<0)throw new Error("Cannot release a texture that was never provided by this texture manager");a.splice(u,1);let l=_f(n),c=e*o*l;this.numBytesUsed-=c}getNumUsedTextures(){return this.numUsedTextures}getNumFreeTextures(){return this.numFreeTextures}dispose(){this.freeTextures.forEach((t,e)=>{t.forEach(o=>{o.destroy()})}),this.usedTextures.forEach((t,e)=>{t.forEach(o=>{o.destroy()})}),this.freeTextures=new Map,this.usedTextures=new Map,this.numUsedTextures=0,this.numFreeTextures=0,this.numBytesUsed=0,this.numBytesAllocated=0}};function Ef(r,t,e,o){return`${r}_${t}_${e}_${o}`}function _f(r){if(r==="rgba8unorm")return 16;throw new Error(`${r} is not supported!`)}var E1=$().getNumber("WEBGPU_CPU_HANDOFF_SIZE_THRESHOLD"),_1=(r,t)=>{let e=r.limits.maxComputeWorkgroupsPerDimension,o=t.dispatchLayout,n=t.dispatch;if(n.every(i=>i<=e))return n;x.assert(n[0]>e&&o.y===void 0&&o.z===void 0,()=>"Dispatch size exceeds WebGPU limits in Y or Z dimension.");let s=Math.ceil(Math.sqrt(n[0]));return s>e?(s=Math.ceil(Math.cbrt(n[0])),x.assert(s<=e,()=>"Total dispatch size exceeds WebGPU maximum."),[s,s,s]):[s,s,1]},_o=class r extends je{nextDataId(){return r.nextDataId++}constructor(t,e){if(super(),this.commandQueueOwnedIds=new WeakSet,this.dispatchCountInPass=0,this.disposed=!1,this.downloadWaitMs=0,this.tensorDataPendingDisposal=[],this.queryResolveBuffer=null,this.querySet=null,this.querySetCount=2,this.stagingPendingDisposal=[],this.uniformPendingDisposal=[],this.uploadWaitMs=0,this.hasReadSyncWarned=!1,this.hasTimestampQueryWarned=!1,!em())throw new Error("WebGPU is not supported on this device");this.pipelineCache={},this.device=t,this.queue=t.queue,this.commandEncoder=null,this.computePassEncoder=null,this.adapterInfo=new Es(e),this.supportTimestampQuery=this.device.features.has("timestamp-query"),this.thresholdToIncreaseWorkgroups=this.adapterInfo.intelGPUGeneration>=12?16:8,this.bufferManager=new _s(this.device),this.textureManager=new Ts(this.device),this.tensorMap=new mt(this,Ie()),$().getBool("WEBGPU_USE_PROFILE_TOOL")&&(this.dummyCanvas=document.createElement("canvas"),this.dummyCanvas.width=1,this.dummyCanvas.height=1,this.dummyContext=this.dummyCanvas.getContext("webgpu"),this.dummyContext.configure({device:t,format:"bgra8unorm"}),document.body.appendChild(this.dummyCanvas))}floatPrecision(){return 32}disposeData(t,e=!1){if(!this.tensorMap.has(t))return!0;let o=this.tensorMap.get(t);return e?o.refCount=0:o.refCount--,o.refCount>0?!1:(o.complexTensorInfos!=null&&(this.disposeData(o.complexTensorInfos.real.dataId),this.disposeData(o.complexTensorInfos.imag.dataId)),this.commandQueueOwnedIds.has(t)?(this.tensorDataPendingDisposal.push(t),!0):(this.releaseResource(t),this.tensorMap.delete(t),!0))}memory(){return{numBytesInGPU:this.bufferManager.numBytesUsed,numBytesAllocatedInGPU:this.bufferManager.numBytesAllocated,unreliable:!1}}releaseResource(t){let e=this.tensorMap.get(t);if(!(!e||!e.resource)){if(e.external){e.resource=null;return}e.resource instanceof GPUBuffer?this.bufferManager.releaseBuffer(e.resource):e.resource instanceof GPUTexture&&this.textureManager.releaseTexture(e.resource),e.resource=null}}refCount(t){return this.tensorMap.has(t)?this.tensorMap.get(t).refCount:0}incRef(t){let e=this.tensorMap.get(t);e.refCount++}decRef(t){if(this.tensorMap.has(t)){let e=this.tensorMap.get(t);e.refCount--}}write(t,e,o){if(o==="complex64"&&t!=null)throw new Error("Cannot write to a complex64 dtype. Please use tf.complex(real, imag).");let n={id:this.nextDataId()};return this.tensorMap.set(n,{dtype:o,shape:e,values:t,refCount:1}),n}move(t,e,o,n,s){if(n==="complex64")throw new Error("Cannot write to a complex64 dtype. Please use tf.complex(real, imag).");this.tensorMap.set(t,{dtype:n,shape:o,values:e,refCount:s})}submitQueue(){this.queue.submit([this.commandEncoder.finish()]),this.commandEncoder=null,this.dispatchCountInPass=0,this.commandQueueOwnedIds=new WeakSet,this.tensorDataPendingDisposal.forEach(t=>{this.releaseResource(t),this.tensorMap.delete(t)}),this.uniformPendingDisposal.forEach(t=>this.bufferManager.releaseBuffer(t)),this.stagingPendingDisposal.forEach(t=>this.bufferManager.releaseBuffer(t,!1)),this.tensorDataPendingDisposal=[],this.uniformPendingDisposal=[],this.stagingPendingDisposal=[]}ensureCommandEncoderReady(){this.commandEncoder||(this.commandEncoder=this.device.createCommandEncoder())}endComputePassEncoder(){this.computePassEncoder&&(this.computePassEncoder.end(),this.computePassEncoder=null)}async checkCompileCompletionAsync(){let t;try{t=await Promise.all(Object.values(this.pipelineCache))}catch(e){throw new Error(e.message)}Object.keys(this.pipelineCache).map((e,o)=>{this.pipelineCache[e]=t[o]})}async getBufferData(t){if($().getBool("WEBGPU_ENGINE_COMPILE_ONLY"))return console.warn("The data may be invalid since WEBGPU_ENGINE_COMPILE_ONLY is true, this can only be called when WEBGPU_ENGINE_COMPILE_ONLY is false"),null;let e=t.size,o=this.bufferManager.acquireBuffer(e,GPUBufferUsage.COPY_DST|GPUBufferUsage.MAP_READ);this.ensureCommandEncoderReady(),this.endComputePassEncoder(),this.commandEncoder.copyBufferToBuffer(t,0,o,0,e),this.submitQueue(),await o.mapAsync(GPUMapMode.READ);let n=o.getMappedRange().slice(0);return o.unmap(),o!=null&&this.bufferManager.releaseBuffer(o),$().getBool("WEBGPU_USE_PROFILE_TOOL")&&(x.assert(this.dummyContext!==void 0,()=>"Fail to get context for profiling tool"),this.dummyContext.getCurrentTexture()),n}convertAndCacheOnCPU(t,e){let o=this.tensorMap.get(t);return o.values=e,o.values}readSync(t){let e=this.tensorMap.get(t),{values:o,complexTensorInfos:n}=e;if(o!=null||e.dtype==="string")return o;if(e.dtype==="complex64"){let h=this.readSync(n.real.dataId),g=this.readSync(n.imag.dataId),y=x.convertBackendValuesAndArrayBuffer(S.mergeRealAndImagArrays(h,g).buffer,"float32");return this.convertAndCacheOnCPU(t,y),y}this.hasReadSyncWarned||(this.hasReadSyncWarned=!0,console.warn("The performance of synchronously reading data from GPU to CPU is poor on the webgpu backend, please use asynchronous APIs instead."));let s=["opaque","premultiplied"],i=e.resource,a=i.size;x.assert(a%4===0,()=>"Because there is 4 bytes for one pixel, buffer size must be multiple of 4.");let u=a/4,l=new ArrayBuffer(a),c=256,p=256,m=s.map(h=>new OffscreenCanvas(c,p)),d=new OffscreenCanvas(c,p);this.endComputePassEncoder(),m.map((h,g)=>{let y=h.getContext("webgpu");return y.configure({device:this.device,format:"bgra8unorm",usage:GPUTextureUsage.COPY_DST,alphaMode:s[g]}),y.getCurrentTexture()}).map((h,g)=>{let y=c*4,w=(P,_,O)=>{this.ensureCommandEncoderReady(),this.commandEncoder.copyBufferToTexture({buffer:i,bytesPerRow:y,offset:O},{texture:h},{width:P,height:_}),this.submitQueue();let N=d.getContext("2d",{willReadFrequently:!0});N.clearRect(0,0,P,_),N.drawImage(m[g],0,0);let U=N.getImageData(0,0,P,_).data,H=s[g],X=new Uint8ClampedArray(l,O,P*_*4);for(let Z=0;Z<X.length;Z+=4)if(H==="premultiplied")X[Z+3]=U[Z+3];else{let ne=U[Z];X[Z]=U[Z+2],X[Z+1]=U[Z+1],X[Z+2]=ne}},b=Math.floor(u/(c*p)),I=c,C=p,k=0;for(let P=0;P<b;P++)w(I,C,k),k+=c*p*4;let A=u%(c*p);C=Math.floor(A/c),C>0&&(w(I,C,k),k+=C*(c*4)),I=A%c,I>0&&w(I,1,k)});let f=x.convertBackendValuesAndArrayBuffer(l,e.dtype);return this.convertAndCacheOnCPU(t,f),f}async read(t){if(!this.tensorMap.has(t))throw new Error(`Tensor ${t} was not registered!`);let e=this.tensorMap.get(t),{values:o}=e;if(o!=null)return o;let n;if(e.dtype==="complex64"){let s=await Promise.all([this.read(e.complexTensorInfos.real.dataId),this.read(e.complexTensorInfos.imag.dataId)]),i=s[0],a=s[1];n=S.mergeRealAndImagArrays(i,a)}else{let s=await this.getBufferData(e.resource);n=x.convertBackendValuesAndArrayBuffer(s,e.dtype)}return this.convertAndCacheOnCPU(t,n),n}copyBuffer(t){let e=t.size,o=t.usage,n=this.bufferManager.acquireBuffer(e,o);return this.ensureCommandEncoderReady(),this.endComputePassEncoder(),this.commandEncoder.copyBufferToBuffer(t,0,n,0,e),this.submitQueue(),n}createTensorFromGPUData(t,e,o){let n=t.buffer;if(o==="complex64")throw new Error("Cannot write to a complex64 dtype. ");let s={id:this.nextDataId()};this.tensorMap.set(s,{dtype:o,shape:e,values:null,refCount:1,external:t.zeroCopy});let i=this.tensorMap.get(s),a=aa(i.dtype)*x.sizeFromShape(i.shape);if(t.buffer.size<a)throw new Error(`GPUBuffer size(${t.buffer.size}) is smaller than tensor size(${a})!`);if((t.buffer.usage&(GPUBufferUsage.STORAGE|GPUBufferUsage.COPY_SRC))!==(GPUBufferUsage.STORAGE|GPUBufferUsage.COPY_SRC))throw new Error("GPUBuffer.usage should include GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC!");return t.zeroCopy!==!0&&(n=this.copyBuffer(n)),i.resource=n,Ie().makeTensorFromDataId(s,e,o,this)}readToGPU(t){let e=this.tensorMap.get(t),{values:o,dtype:n,shape:s,resource:i}=e;if(n==="complex64")throw new Error("Does not support reading buffer for complex64 dtype.");if(i==null)throw o!=null?new Error("Data is not on GPU but on CPU."):new Error("There is no data on GPU or CPU.");let a=i,u=a.size,l=a.usage,c=this.bufferManager.acquireBuffer(u,l);this.ensureCommandEncoderReady(),this.endComputePassEncoder(),this.commandEncoder.copyBufferToBuffer(i,0,c,0,u),this.submitQueue();let p=this.makeTensorInfo(s,n),m=Ie().makeTensorFromTensorInfo(p),d=this.tensorMap.get(p.dataId);return d.resource=c,{tensorRef:m,buffer:c}}bufferSync(t){let e=this.readSync(t.dataId);if(t.dtype==="string")try{let o=e.map(n=>x.decodeString(n));return te(t.shape,t.dtype,o)}catch{throw new Error("Failed to decode encoded string bytes into utf-8")}return te(t.shape,t.dtype,e)}async time(t){!this.supportTimestampQuery&&!this.hasTimestampQueryWarned&&(console.warn("This device doesn't support timestamp-query extension. Start Chrome browser with flag --enable-dawn-features=allow_unsafe_apis to try it again. Otherwise, zero will be shown for the kernel time when profiling mode is enabled."),this.hasTimestampQueryWarned=!0);let e=this.activeTimers,o=[],n=!1;this.programTimersStack==null?(this.programTimersStack=o,n=!0):this.activeTimers.push(o),this.activeTimers=o,t();let s=x.flatten(this.activeTimers.map(l=>l.query)).filter(l=>l!=null),i=x.flatten(this.activeTimers.map(l=>l.name)).filter(l=>l!=null);this.activeTimers=e,n&&(this.programTimersStack=null);let a={uploadWaitMs:this.uploadWaitMs,downloadWaitMs:this.downloadWaitMs,kernelMs:null,wallMs:null},u=await Promise.all(s);return a.kernelMs=x.sum(u),a.getExtraProfileInfo=()=>u.map((l,c)=>({name:i[c],ms:l})).map(l=>`${l.name}: ${l.ms}`).join(", "),this.uploadWaitMs=0,this.downloadWaitMs=0,a}makeTensorInfo(t,e,o){return e==="string"&&o!=null&&o.length>0&&x.isString(o[0])&&(o=o.map(s=>x.encodeString(s))),{dataId:this.write(o,t,e),shape:t,dtype:e}}tensorToBinding(t){if(!t)return null;let o=this.tensorMap.get(t.dataId).resource;return o instanceof GPUBuffer?{buffer:o}:o instanceof GPUTexture?o.createView():o}uploadToGPU(t){let e=this.tensorMap.get(t);if(e.resource!=null)return;let o=aa(e.dtype)*x.sizeFromShape(e.shape),n,s=GPUBufferUsage.STORAGE|GPUBufferUsage.COPY_SRC|GPUBufferUsage.COPY_DST;if(e.values){if(n=this.bufferManager.acquireBuffer(o,s,!0),n.mapState==="unmapped"){let i=this.bufferManager.acquireBuffer(o,GPUBufferUsage.MAP_WRITE|GPUBufferUsage.COPY_SRC,!0,!1),a=i.getMappedRange();e.dtype==="int32"||e.dtype==="bool"?new Int32Array(a).set(e.values):new Float32Array(a).set(e.values),i.unmap(),this.ensureCommandEncoderReady(),this.endComputePassEncoder(),this.commandEncoder.copyBufferToBuffer(i,0,n,0,o),this.stagingPendingDisposal.push(i)}else{let i=n.getMappedRange();e.dtype==="int32"||e.dtype==="bool"?new Int32Array(i).set(e.values):new Float32Array(i).set(e.values),n.unmap()}e.values=null}else n=this.bufferManager.acquireBuffer(o,s);e.resource=n}makeUniforms(t){let e=0,o=0,n=[],s=1;t.forEach(u=>{u.data.length===0&&(u.data=[1]);let l;switch(u.data.length){case 1:l=4;break;case 2:l=8;break;case 3:l=16;break;case 4:l=16;break;case 5:l=16;break;case 6:l=16;break;default:x.assert(!1,()=>`Unsupported ${u.data.length}D shape`)}(o===5||o===6)&&(l=16),l>s&&(s=l),e=Math.ceil(e/l)*l,o=u.data.length,n.push(e),e+=u.data.length*4}),e=Math.ceil(e/s)*s;let i=new ArrayBuffer(e);t.forEach((u,l)=>{let c=n[l];u.type==="int32"?new Int32Array(i,c,u.data.length).set(u.data):u.type==="uint32"?new Uint32Array(i,c,u.data.length).set(u.data):new Float32Array(i,c,u.data.length).set(u.data)});let a=this.bufferManager.acquireBuffer(e,GPUBufferUsage.COPY_DST|GPUBufferUsage.UNIFORM);return this.queue.writeBuffer(a,0,i,0,e),this.uniformPendingDisposal.push(a),{offset:0,size:e,buffer:a}}runWebGPUProgram(t,e,o,n,s){if(s||(s=this.makeTensorInfo(t.outputShape,o)),x.sizeFromShape(s.shape)===0)return this.tensorMap.get(s.dataId).values=x.getTypedArrayFromDType(s.dtype,0),s;this.uploadToGPU(s.dataId),t.dispatch=_1(this.device,t);let i=e.map((u,l)=>{if(u.dtype==="complex64")throw new Error("GPGPUProgram does not support complex64 input. For complex64 dtypes, please separate the program into real and imaginary parts.");return this.uploadToGPU(u.dataId),{dtype:this.tensorMap.get(u.dataId).dtype,shape:u.shape,name:t.variableNames[l]}});t.shaderKey=Qp(t,i,s);let a=$().getBool("WEBGPU_ENGINE_COMPILE_ONLY");return t.shaderKey in this.pipelineCache||(this.pipelineCache[t.shaderKey]=Yp(this.device,t,i,s,a)),t.pipeline=this.pipelineCache[t.shaderKey],a||this.recordAndSubmit(t,s,e,n),s}recordAndSubmit(t,e,o,n){if(t.pipeline instanceof Promise)throw new Error("Please call checkCompileCompletionAsync to ensure parallel compilation is done!");let s=[],i=[],a="int32";if(t.pixelsOpType==null){s.push({type:"float32",data:[NaN]},{type:"float32",data:[1/0]}),i=o.concat(e).map(d=>d.shape);let m="int32";i.map(d=>{s.push({type:m,data:d});let f=x.computeStrides(d);s.push({type:m,data:f})})}else{let m=x.computeStrides(e.shape);s.push({type:a,data:m})}if(t.size){let m=x.sizeFromShape(t.outputShape);s.push({type:a,data:[t.outputComponent?m/t.outputComponent:m]})}n&&(s=[...s,...n]);let u=[this.tensorToBinding(e),...o.map(m=>this.tensorToBinding(m)),this.makeUniforms(s)];o.forEach(m=>{this.commandQueueOwnedIds.add(m.dataId)}),this.commandQueueOwnedIds.add(e.dataId);let l=this.device.createBindGroup({layout:t.pipeline.getBindGroupLayout(0),entries:u.map((m,d)=>({binding:d,resource:m}))}),c=this.activeTimers!=null;this.ensureCommandEncoderReady();let p={};c&&this.supportTimestampQuery?(this.endComputePassEncoder(),this.querySet==null&&(this.querySet=this.device.createQuerySet({type:"timestamp",count:this.querySetCount})),p.timestampWrites={querySet:this.querySet,beginningOfPassWriteIndex:0,endOfPassWriteIndex:1},this.computePassEncoder=this.commandEncoder.beginComputePass(p)):this.computePassEncoder||(this.computePassEncoder=this.commandEncoder.beginComputePass(p)),this.computePassEncoder.setPipeline(t.pipeline),this.computePassEncoder.setBindGroup(0,l),this.computePassEncoder.dispatchWorkgroups(t.dispatch[0],t.dispatch[1],t.dispatch[2]),this.dispatchCountInPass++,(c||$().get("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE")<=this.dispatchCountInPass||t.pixelsOpType===So.DRAW)&&(this.endComputePassEncoder(),c?this.activeTimers.push({name:t.constructor.name,query:this.getQueryTime()}):this.submitQueue())}async getQueryTime(){if(!this.supportTimestampQuery)return 0;this.queryResolveBuffer==null&&(this.queryResolveBuffer=this.bufferManager.acquireBuffer(this.querySetCount*8,GPUBufferUsage.COPY_SRC|GPUBufferUsage.COPY_DST|GPUBufferUsage.QUERY_RESOLVE)),this.commandEncoder.resolveQuerySet(this.querySet,0,this.querySetCount,this.queryResolveBuffer,0);let t=this.bufferManager.acquireBuffer(this.querySetCount*8,GPUBufferUsage.MAP_READ|GPUBufferUsage.COPY_DST);this.commandEncoder.copyBufferToBuffer(this.queryResolveBuffer,0,t,0,this.querySetCount*8),this.submitQueue(),await t.mapAsync(GPUMapMode.READ);let e=new BigUint64Array(t.getMappedRange()),o=Number(e[1]-e[0])/1e6;return t.unmap(),this.bufferManager.releaseBuffer(t),o}shouldExecuteOnCPU(t,e=E1){return $().getBool("WEBGPU_CPU_FORWARD")&&t.every(o=>this.tensorMap.get(o.dataId).resource==null&&x.sizeFromShape(o.shape)<e)}numDataIds(){return this.tensorMap.numDataIds()-this.tensorDataPendingDisposal.length}dispose(){this.disposed||(this.querySet!=null&&this.querySet.destroy(),this.bufferManager.dispose(),this.textureManager.dispose(),this.disposed=!0)}};_o.nextDataId=0;var Pf=Ya(Ea());function Tf(r){return{maxBufferSize:r.maxBufferSize,maxComputeInvocationsPerWorkgroup:r.maxComputeInvocationsPerWorkgroup,maxComputeWorkgroupSizeX:r.maxComputeWorkgroupSizeX,maxComputeWorkgroupsPerDimension:r.maxComputeWorkgroupsPerDimension,maxComputeWorkgroupStorageSize:r.maxComputeWorkgroupStorageSize,maxStorageBufferBindingSize:r.maxStorageBufferBindingSize,maxStorageBuffersPerShaderStage:r.maxStorageBuffersPerShaderStage}}var T1=/llvmpipe|lavapipe|swiftshader|softpipe|basic render|\bwarp\b/i,Ff=7e8,F1=1e9,P1=new Uint8Array([0,97,115,109,1,0,0,0,1,5,1,96,0,1,123,3,2,1,0,10,10,1,8,0,65,0,253,15,253,98,11]);async function Df(r,t){if(t!=="wasm"){let e=await D1(t==="webgpu");if(e!==void 0)return e;if(t==="webgpu")throw new Error("This browser has no WebGPU, or no adapter for it.")}return await $1(r)}async function D1(r){try{let t=await navigator.gpu?.requestAdapter({powerPreference:"high-performance"});if(!t)return;let{info:e,limits:o}=t,{description:n,vendor:s,architecture:i,device:a}=e,u=[n,s,i,a].join(" ");if((T1.test(u)||e.isFallbackAdapter===!0)&&!r)return;let c=await t.requestDevice({requiredLimits:Tf(o)});if(ci("webgpu",()=>new _o(c,e)),!await Ie().setBackend("webgpu"))return;let p=n||[s,i].filter(Boolean).join(" ");return{name:"webgpu",title:p===""?"WebGPU":`WebGPU (${p})`,budget:F1,largest:Math.min(o.maxStorageBufferBindingSize,o.maxBufferSize)}}catch{return}}async function $1(r){if(typeof WebAssembly!="object"||!WebAssembly.validate(P1))throw new Error("This browser has neither WebGPU nor WebAssembly with SIMD: a newer one is needed.");let t=await fetch(r);if(!t.ok)throw new Error(`${r.pathname} is missing (${t.status}).`);let e=await WebAssembly.compile(await t.arrayBuffer()),n=await(0,Pf.default)({instantiateWasm(s,i){return WebAssembly.instantiate(e,s).then(a=>i(a,e)),{}}});if(n.tfjs={initWithThreadsCount:n.cwrap("init_with_threads_count",null,["number"]),getThreadsCount:n.cwrap("get_threads_count","number",[]),registerTensor:n.cwrap("register_tensor",null,["number","number","number"]),disposeData:n.cwrap("dispose_data",null,["number"]),dispose:n.cwrap("dispose",null,[])},ci("wasm",()=>new Rs(n)),!await Ie().setBackend("wasm"))throw new Error("WebAssembly does not start here.");return{name:"wasm",title:"WebAssembly",budget:Ff,largest:Ff}}var Fs=globalThis;function _a(r,t){let{OffscreenCanvas:e}=Fs;if(e===void 0)throw new Error("This browser cannot read pictures in the background: a newer one is needed.");return new e(r,t)}var M1=96;function $f(r){return Math.min(r,M1)}var Qq={base:0,perPixel:1920*4};var Zq=2*2**30;var N1=[1/0,2048,1536,1024,768,640,512,448,384,320,256,224,192,160,128,96,64,48,32],B1=1.15;function Mf(r,t,e,o){let{scale:n,multiple:s,padding:i}=r,a=$f(r.radius??1/0),u=h=>({tile:h,grid:s,context:a,blend:bs(h),inside:i==="inside"}),l=N1.map(h=>{let g=vr(t,u(h)),y=vr(e,u(h)),w=g.window*y.window,b=w*g.spans.length*y.spans.length,I=w*r.bytesPerPixel<=o.budget&&w*r.largestPerPixel<=o.largest;return{tile:h,window:w,computed:b,fits:I}}),c=l.filter(({fits:h})=>h),p=Math.min(...c.map(({computed:h})=>h)),m=r.radius===null?p:B1*p,d=c.filter(({computed:h})=>h<=m).reduce((h,g)=>g.window<h.window?g:h,c[0]??l.at(-1)),f=d.tile===1/0?0:d.tile;return Ss({width:t,height:e,scale:n,tile:f,context:a,multiple:s,padding:i})}var L1=1e6,z1=4e6;async function Bf(r){let t=await Nf(r),{width:e,height:o}=t,n=Math.max(1,Math.floor(z1/(4*e))),s=O1(t,Math.min(n,o)),i=()=>t.close(),a=W1(s,o,n);if(a){let l=await Nf(r,{premultiplyAlpha:"none"}),c=U1(l);c!==void 0?(t.close(),t=l,s=c.read,i=()=>{l.close(),c.release()}):l.close()}let u=(await G1(r)?1:3)+(a?1:0);return{rows:{width:e,height:o,channels:u,async*[Symbol.asyncIterator](){for(let l=0;l<o;l+=n){let c=Math.min(n,o-l),p=s(l,c),m=u===4?p:V1(p,u);yield xa({width:e,height:c,channels:u,data:m})}}},[Symbol.dispose]:()=>i()}}async function Nf(r,t){try{return await createImageBitmap(r,t)}catch{throw new Error("This is no picture that this browser can read, or it is too large for it.")}}function O1(r,t){let{width:e}=r,o=_a(e,t).getContext("2d",{willReadFrequently:!0}),n=()=>new Error(`A picture that is ${e} pixels wide is too large for this browser's canvas.`);if(o===null)throw n();return o.globalCompositeOperation="copy",(s,i)=>{o.drawImage(r,0,-s);try{let{data:a}=o.getImageData(0,0,e,i);return new Uint8Array(a.buffer,a.byteOffset,a.length)}catch{throw n()}}}function U1(r){let t=_a(1,1).getContext("webgl2"),{width:e,height:o}=r;if(t===null||Math.max(e,o)>t.getParameter(t.MAX_TEXTURE_SIZE))return;t.pixelStorei(t.UNPACK_PREMULTIPLY_ALPHA_WEBGL,!1),t.pixelStorei(t.UNPACK_COLORSPACE_CONVERSION_WEBGL,0);let n=t.createTexture();t.bindTexture(t.TEXTURE_2D,n),t.texImage2D(t.TEXTURE_2D,0,t.RGBA,t.RGBA,t.UNSIGNED_BYTE,r),t.bindFramebuffer(t.FRAMEBUFFER,t.createFramebuffer()),t.framebufferTexture2D(t.FRAMEBUFFER,t.COLOR_ATTACHMENT0,t.TEXTURE_2D,n,0);let s=()=>t.getExtension("WEBGL_lose_context")?.loseContext();if(t.checkFramebufferStatus(t.FRAMEBUFFER)!==t.FRAMEBUFFER_COMPLETE){s();return}return{read(i,a){let u=new Uint8Array(e*a*4);return t.readPixels(0,i,e,a,t.RGBA,t.UNSIGNED_BYTE,u),u},release:s}}function W1(r,t,e){for(let o=0;o<t;o+=e){let n=r(o,Math.min(e,t-o));for(let s=3;s<n.length;s+=4)if(n[s]!==255)return!0}return!1}function V1(r,t){let e=new Uint8Array(r.length/4*t),o=t===2?3:1;for(let n=0,s=0;n<r.length;n+=4,s+=t)e[s]=r[n],t>1&&(e[s+1]=r[n+o]),t>2&&(e[s+2]=r[n+2]);return e}async function G1(r){let t=new Uint8Array(await r.slice(0,L1).arrayBuffer()),e=new DataView(t.buffer);if(t.length>25&&e.getUint32(0)===2303741511)return t[25]%4===0;if(t.length<2||e.getUint16(0)!==65496)return!1;for(let o=2;o+9<t.length;){let n=e.getUint16(o);if(n===65535)o++;else{if(n<65280||n===65498)return!1;if(n>=65472&&n<=65487&&![196,200,204].includes(n&255))return t[o+9]===1;o+=2+e.getUint16(o+2)}}return!1}function Ta(r,t){let{scale:e,factors:o,offset:n,minus:s}=r;return o.length===0?n:e*q1(o,t)+n-(s===void 0?0:t[s])}var H1=Array.from({length:64},(r,t)=>t+1),aK=[...H1.slice(0,32),36,40,48,56,64];var uK=Array.from({length:33},(r,t)=>t%2===0?t/2:-(t+1)/2),lK=Array.from({length:15},(r,t)=>t+2);function q1(r,t){let e=1;for(let{symbol:o,divisor:n,up:s,of:i}of r){let a=(i?Ta(i,t):t[o])/n;e*=s?Math.ceil(a):Math.floor(a)}return e}function Lf(r){let t=new Float32Array(r.length);for(let e=0;e<r.length;e++)t[e]=K1[r[e]];return t}var K1=Float32Array.from({length:65536},(r,t)=>{let e=t>>10&31,o=t&1023,n=e===0?o*2**-24:e===31?o===0?1/0:NaN:(1024+o)*2**(e-25);return t&32768?-n:n});function zf(r){let t=new Map;for(let[e,{inputs:o}]of r.entries())for(let n of Object.values(o))t.set(n,e);return t}var Ps=class{#e;#t=new Map;#n;constructor(t,e){this.#e=t,this.#n=zf(t.steps);for(let o of t.constants){let{value:n,shape:s,dtype:i}=o,a=Q1(o,e);this.#t.set(n,Ie().makeTensor(a,[...s],i))}}async run({shape:t,data:e},o){let{steps:n,output:s}=this.#e,i=new Map(this.#t);i.set(0,Ie().makeTensor(e,[...t],"float32"));let a=u=>{this.#t.has(u)||(i.get(u)?.dispose(),i.delete(u))};try{for(let[l,{kernel:c,inputs:p,attributes:m,outputs:d}]of n.entries()){let f=Array.isArray(p)?p.map(g=>i.get(g)):Object.fromEntries(Object.entries(p).map(([g,y])=>[g,i.get(y)])),h=j1(c,f,Y1(m,t));for(let[g,y]of[h].flat().entries()){let w=d[g];w===void 0?y.dispose():i.set(w,y)}for(let g of new Set([...Object.values(p),...d]))g!==s&&(this.#n.get(g)??l)===l&&a(g);o?.((l+1)/n.length)}let u=i.get(s);return{shape:u.shape,data:await u.data()}}finally{for(let u of[...i.keys()])a(u)}}};function j1(r,t,e){if(r==="Roll")return X1(t.x,e);if(r==="Values"){let{values:o,shape:n,dtype:s}=e,i=s==="float32"?Float32Array:Int32Array;return Ie().makeTensor(i.from(o),n,s)}return Ie().runKernel(r,t,e)}function X1(r,{shift:t,axis:e}){let o=(s,i,a)=>Ie().runKernel(s,i,a),n=o("Reshape",{x:r},{shape:r.shape});for(let[s,i]of e.entries()){let a=r.shape[i],u=(t[s]%a+a)%a;if(u===0)continue;let[l,c]=[[a-u,u],[0,a-u]].map(([m,d])=>o("Slice",{x:n},{begin:r.shape.map((f,h)=>h===i?m:0),size:r.shape.with(i,d)})),p=o("Concat",[l,c],{axis:i});for(let m of[n,l,c])m.dispose();n=p}return n}function Y1(r,t){let e=o=>Array.isArray(o)?o.map(e):typeof o!="object"||!("factors"in o)?o:Ta(o,t);return Object.fromEntries(Object.entries(r).map(([o,n])=>[o,e(n)]))}function Q1({shape:r,stored:t,offset:e},o){let n=x.sizeFromShape([...r]);switch(t){case"float32":return new Float32Array(o,e,n);case"float16":return Lf(new Uint16Array(o,e,n));case"int32":return new Int32Array(o,e,n);case"bool":return new Uint8Array(o,e,n)}}function Of(r,t,e){let o=new Uint8Array(12+e.length),n=new DataView(o.buffer);n.setUint32(0,e.length);for(let s=0;s<4;s++)o[4+s]=t.charCodeAt(s);return o.set(e,8),n.setUint32(8+e.length,r(o.subarray(4,8+e.length))),o}var $s=class{#e;#t;#n=new CompressionStream("deflate");#o=this.#n.writable.getWriter();#r=[];#i;#s;constructor(t,e,o){this.#t=o,this.#e=t*o,this.#s=new Uint8Array(this.#e);let n=new Uint8Array(13),s=new DataView(n.buffer);s.setUint32(0,t),s.setUint32(4,e),n.set([8,[0,4,2,6][o-1]],8),this.#r.push(new Uint8Array([137,80,78,71,13,10,26,10]),Ds("IHDR",n),Ds("sRGB",new Uint8Array(1))),this.#i=this.#u(),this.#i.catch(()=>{})}async add(t){let e=t.length/this.#e,o=new Uint8Array(e*(this.#e+1));for(let n=0;n<e;n++){let s=t.subarray(n*this.#e,(n+1)*this.#e),i=o.subarray(n*(this.#e+1),(n+1)*(this.#e+1));Z1(s,this.#s,this.#t,i),this.#s=s}this.#s=this.#s.slice(),await this.#o.write(o)}async end(){return await this.#o.close(),await this.#i,new Blob([...this.#r,Ds("IEND",new Uint8Array)],{type:"image/png"})}async#u(){let t=this.#n.readable.getReader();for(;;){let{value:e,done:o}=await t.read();if(o)return;this.#r.push(Ds("IDAT",e))}}};function Z1(r,t,e,o){o[0]=4;for(let n=0;n<r.length;n++){let s=n<e?0:r[n-e],i=t[n],a=n<e?0:t[n-e],u=Math.abs(i-a),l=Math.abs(s-a),c=Math.abs(s+i-2*a);o[n+1]=r[n]-(u<=l&&u<=c?s:l<=c?i:a)}}function Ds(r,t){return Of(ev,r,t)}var J1=Uint32Array.from({length:256},(r,t)=>{let e=t;for(let o=0;o<8;o++)e=e&1?3988292384^e>>>1:e>>>1;return e});function ev(r){let t=4294967295;for(let e of r)t=J1[(t^e)&255]^t>>>8;return(t^4294967295)>>>0}var tv=150,Vf=r=>new URL(r,import.meta.url),To;function ut(r,t=[]){Fs.postMessage(r,t)}async function Uf(r){let t=await fetch(Vf(r)).catch(()=>{});if(!t?.ok)throw new Error(`${r} cannot be loaded.`);return await t.arrayBuffer()}async function rv(r){let t=JSON.parse(new TextDecoder().decode(await Uf("model/model.json"))),e=new Uint8Array(t.weightBytes),o=0;for(let f of t.weights){let h=new Uint8Array(await Uf(`model/${f}`));if(o+h.length>e.length)throw new Error(`model/${f} is not of this model.`);e.set(h,o),o+=h.length,ut({kind:"loading",bytes:o,of:e.length})}if(o!==e.length)throw new Error("The files of the model do not belong together.");let n=await Df(Vf("tfjs-backend-wasm-simd.wasm"),r),s=new Ps(t,e.buffer),i=new Is(t.multiple,t.padding);To={program:t,executor:s,backend:n,limit:i};let{name:a,arch:u,parameters:l,scale:c,inputChannels:p,outputChannels:m,precision:d}=t;ut({kind:"opened",model:{name:a,arch:u,parameters:l,scale:c,inputChannels:p,outputChannels:m,precision:d},backend:n.name,engine:n.title})}function ov({program:r,executor:t},e){let{arch:o,scale:n,inputChannels:s,outputChannels:i,parameters:a}=r;return{stage:{source:r.name,arch:o,options:{},scale:n,inputChannels:s,outputChannels:i,parameters:a},noiseMap:!1,async run({width:u,height:l,data:c}){let{data:p}=await t.run({shape:[1,l,u,s],data:c},e);if(!p.every(Number.isFinite))throw new Error("The model gives numbers without meaning.");return p}}}async function nv(r,t){var g=[];try{let e=performance.now();let{program:o,backend:n,limit:s}=To;let i=No(g,await Bf(t));let{width:a,height:u,channels:l}=i.rows;let c=Mf(o,a,u,n);ut({kind:"started",id:r,width:a,height:u,tiles:c.tiles.length});let p=0,m=e;let d=n.name!=="wasm"?void 0:I=>{let C=performance.now();C-m<tv||(m=C,ut({kind:"share",id:r,share:(p+I)/c.tiles.length}))};let f=Af(af(i.rows),ov(To,d),{plan:c,limit:s,alpha:"model",onTile:({core:I})=>ut({kind:"tile",id:r,done:++p,rect:I})});let h=new $s(a*o.scale,u*o.scale,l);for await(let{data:I}of f){let C=new Uint8Array(I.length);sf(I,C),await h.add(C)}ut({kind:"restored",id:r,file:await h.end(),ms:performance.now()-e})}catch(y){var w=y,b=!0}finally{Bo(g,w,b)}}async function sv(r){let t=r.kind==="open"?void 0:r.id;try{if(r.kind==="open")return await rv(r.backend);if(To===void 0)throw new Error("The model is not loaded.");if(r.kind==="restore")return await nv(r.id,r.file);let e=await To.executor.run(r.image);ut({kind:"inferred",id:r.id,image:e},[e.data.buffer])}catch(e){ut({kind:"failed",id:t,why:e instanceof Error?e.message:String(e)})}}var Wf=Promise.resolve();Fs.addEventListener("message",({data:r})=>{Wf=Wf.then(()=>sv(r))});for(let r of[dl,fl,xl,yl,bl,Cl,vl,kl,Rl,ic,uc,cc,pc,dc,hc,gc,xc,yc,wc,bc,Sc,Ic,vc,Ac,Ec,_c,Tc,Pc,Dc,$c,Mc,Nc,Bc,zc,Uc,Wc,Gc,qc,Kc,Xc,Yc,Qc,Zc,Jc,ep,rp,op,sp,ap,up,lp,cp,pp,Sl,dp,hp,xp,yp,bp,Sp,Cp,vp,kp,Ap,Ep,_p,Tp,Fp,Pp,Dp,Mp,Np,Lp,zp,Up,Vp,gl,Gp,Fm,Pm,$m,Mm,zm,Wm,Hm,qm,Km,Xm,Ym,Qm,Zm,Jm,ed,td,rd,od,nd,Um,sd,id,ad,ud,ld,cd,pd,md,dd,fd,hd,gd,xd,Bm,yd,wd,Lm,bd,Sd,Id,Cd,vd,kd,Vm,Ad,Rd,Ed,_d,Td,Fd,Pd,Dd,$d,Nm,Md,Nd,Bd,Ld,zd,Od,Ud,Wd,Vd,Gd,Hd,qd,Kd,jd,Xd,Yd,Qd,Zd,Jd,ef,tf,of,Dm,nf])cu(r);
