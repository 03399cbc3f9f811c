// What the verifier says, in Simplified Chinese and in English: the page from disk and the command in Node alike.
// Here and not in zh.json, because the page must hold everything within itself.
//
// Only what was checked is said. Origins `file`, `test` and `import` are never called capture (spec/journal.md §6).

/** @typedef {"zh"|"en"} Language */

/** What a finding means. @type {{[code: string]: [string, string]}} */
const SENTENCES = {
  "line-too-long": ["某一行超过允许的长度", "a line is longer than allowed"],
  "line-empty": ["有空行", "an empty line"],
  "line-bytes": ["某一行含有不允许的字节", "a line holds bytes that no line may hold"],
  "line-shape": ["某一行不是三段结构", "a line does not have its three parts"],
  "base64": ["某个值不是唯一的规范写法", "a value is not in its one spelling"],
  "header": ["某一行的头部与规定不符", "the header of a line is not the one that it must be"],
  "foreign-kid": ["某一行由另一把密钥签名", "a line is signed by another key"],
  "high-s": ["签名采用了不允许的写法", "a signature is in a spelling that is not allowed"],
  "signature": ["签名不符：该行被改动或伪造", "a signature does not fit: the line was altered or forged"],
  "json": ["某段文本不是严格的 JSON", "a text is not strict JSON"],
  "field": ["缺少字段或字段格式不对", "a field is missing or has the wrong form"],
  "sequence": ["有日志行缺失、重复或顺序错乱", "lines are missing, repeated or out of order"],
  "chain": ["某一行与上一行不衔接", "a line does not follow from the line before"],
  "fork": [
    "同一编号有两行不同内容：记录仪密钥可能已被复制使用",
    "two different lines carry one number: a copy of the recorder's key may be in use",
  ],
  "torn-tail": ["文件在一行中间中断", "the file ends in the middle of a line"],
  "type": ["出现了不属于此处的行", "a line is of a kind that does not belong here"],
  "open-first": ["录制日志没有以开始行起头，或有两个开始行", "the journal does not begin with its opening line, or has two"],
  "journal-empty": ["录制日志是空的", "the journal is empty"],
  "unclosed": ["录制没有结束行：最后一行之后的情况不明", "the recording has no end: what came after the last line is not known"],
  "after-close": ["录制结束之后还有日志行", "lines follow after the end of the recording"],
  "close-counts": ["结束行所计的片段或字节数与实际不符", "the end counts other segments or bytes than there are"],
  "segment-order": ["有片段缺失或顺序错乱", "segments are missing or out of order"],
  "segment-size": ["片段大小不在允许范围内", "a segment has a size that is not allowed"],
  "pts": ["片段时间早于前一个片段", "the time of a segment lies before the segment before it"],
  "source-size": ["各分段的内容比原文件多或少", "the segments hold more or less than the file had"],
  "import-chain": ["这份导入没有接在该站上一份导入之后", "the import does not follow the station's import before it"],
  "suite": ["密码套件不被允许", "the cryptographic suite is not allowed"],
  "origin": ["来源与签名者不相符", "the origin does not fit what signed it"],
  "segment-hash": ["片段媒体与签名时的不一致", "the media of a segment are not those that were signed"],
  "media-short": ["媒体末尾缺失", "media are missing at the end"],
  "media-long": ["媒体多于所签署的内容", "there are more media than were signed"],
  "logbook-empty": ["设备日志是空的", "the logbook is empty"],
  "enrolled-first": ["设备日志没有以登记行起头，或有两个登记行", "the logbook does not begin with the enrolment, or has two"],
  "enrolled-key": ["密钥不是登记的那一把", "the key is not the one that was enrolled"],
  "counter": [
    "计数器跳变：有日志行缺失，或被换回旧副本，或恰在此刻断电",
    "the counter jumped: a line is missing, an old copy was put back, or power failed at that moment",
  ],
  "open-recording": ["有录制已开始但从未结束", "a recording was opened and never closed"],
  "boot-unexplained": ["开机后既未录制，也未说明原因", "switched on, and neither recorded nor said why not"],
  "logbook-cut": [
    "设备日志在曾见过的一行之前即告结束：末尾被截去，或是旧副本",
    "the logbook ends before a line that was seen: its end was cut off, or it is an old copy",
  ],
  "recording-order": ["设备日志中录制的开始、结束或清除顺序不对", "the logbook opens, closes or clears a recording out of order"],
  "recording-missing": ["设备日志记有此次录制，而录制不在", "the logbook has this recording, and it is not there"],
  "recording-unknown": ["设备日志中没有此处所存的内容", "the logbook does not know what lies here"],
  "drill": [
    "录制自称演练或非演练，与派用登记不符",
    "the recording says of itself that it is a drill, or none, otherwise than it was assigned",
  ],
  "id": ["这不是应有的那次录制", "this is another recording than it should be"],
  "opened-by": ["设备日志没有开始过这次录制", "the logbook did not open this recording"],
  "closed-as": ["设备日志所记的结束与此处不一致", "the logbook closed the recording otherwise than it is here"],
  "recipients": ["录制的加密对象与策略规定的不一致", "the recording is sealed to others than the policy names"],
  "recovered": [
    "录制因断电中止，记录仪恢复后对已有内容签名",
    "a power cut ended the recording; the recorder recovered it and signed what there was",
  ],
  "clock-outside": [
    "设备自身的时钟不在时间区间之内；以时间区间为准",
    "the device's own clock lies outside the bracket; the bracket stands",
  ],
  "note": ["检查点不是有效的签名文书", "a checkpoint is not a signed note"],
  "note-signature": [
    "检查点不是由信任文件所指的账本签名",
    "a checkpoint is not signed by the ledger that the trust document names",
  ],
  "checkpoint": ["检查点格式不对", "a checkpoint is malformed"],
  "quorum": ["检查点缺少要求的见证签名", "a checkpoint lacks the cosignatures that are demanded"],
  "inclusion": ["条目不在账本中", "an entry is not in the ledger's tree"],
  "payload": ["条目内容与账本所载不一致", "the content of an entry is not the one that the ledger holds"],
  "kind": ["放入了另一类条目", "an entry of another kind was put in"],
  "receipt-recorder": ["回执属于另一台记录仪", "the receipt is for another recorder"],
  "receipt-recording": ["县局所存的不是这次录制", "the county stored another recording than this"],
  "receipt-station": ["回执属于另一个采集工作站", "the receipt is for another station"],
  "open-checkpoint": [
    "采集工作站的登记不是在其所指的检查点下证明的",
    "the station's enrolment is not proved under the checkpoint that it named",
  ],
  "boot-checkpoint": [
    "登记条目不在记录仪所指的检查点之下",
    "the enrolment is not proved under the checkpoint that the recorder named",
  ],
  "bracket": ["录制的存储时间早于记录仪登记", "the recording would have been stored before the recorder was enrolled"],
  "jwk": ["密钥格式不对", "a key is malformed"],
  "no-key": ["没有回执也没有设备日志，无从得知这是谁的录制", "neither a receipt nor a logbook tells whose recording this is"],
  "revoked": ["记录仪密钥在此之前已被吊销", "the recorder's key had been revoked before"],
  "revoked-within": [
    "记录仪密钥在时间区间内被吊销，先后无法判断",
    "the recorder's key was revoked within the bracket: before or after cannot be told",
  ],
  "consistency": ["检查点没有延续上一个检查点", "a checkpoint does not extend the one before it"],
  "hex32": ["某个值不是唯一的规范写法", "a value is not in its one spelling"],
  "cosigners": ["信任文件中同一见证方出现两次", "a cosigner stands twice in the trust document"],
  "trust": ["这不是信任文件", "this is no trust document"],
};

/** Where a check failed. @type {{[code: string]: [string, string]}} */
const LAYERS = {
  "line": ["日志行", "line"],
  "journal": ["录制日志", "journal"],
  "media": ["媒体", "media"],
  "envelope": ["信封", "envelope"],
  "logbook": ["设备日志", "logbook"],
  "recording": ["录制", "recording"],
  "receipt": ["回执", "receipt"],
  "trust": ["信任", "trust"],
};

/** What the station found of a file. @type {{[code: string]: [string, string]}} */
const STATES = {
  "sound": ["完好", "sound"],
  "truncated": ["被截断：末尾缺少内容", "truncated: bytes are missing at its end"],
  "unreadable": ["无法读取：没有找到画面和声音", "unreadable: neither picture nor sound was found"],
};

/** @type {{[origin: string]: [string, string]}} */
const ORIGINS = {
  camera: ["摄像头，采集时封存", "camera, sealed at capture"],
  rtsp: ["网络摄像头，采集时封存", "network camera, sealed at capture"],
  file: ["由文件输入，不是现场采集", "a file that was played into the recorder, not captured"],
  test: ["生成的测试画面，不是现场采集", "a generated test scene, not captured"],
  import: ["导入时封存，不是采集时封存", "sealed at import, not at capture"],
};

/** @type {{[check: string]: [string, string]}} */
const CHECKS = {
  "key": ["执法人员的安全密钥签名（指纹或 PIN 码）", "signed by the officer's security key (finger or PIN)"],
  "fprintd": ["指纹，由采集工作站证明", "fingerprint, attested by the station"],
  "fprintd+key": ["指纹加执法人员的安全密钥", "fingerprint and the officer's security key"],
};

/** @type {{[name: string]: [string, string]}} */
const NAMES = {
  "demonstration": ["演示", "DEMO"],
  "recording": ["录制", "recording"],
  "serial": ["记录仪", "recorder"],
  "kid": ["签名密钥", "key that signed"],
  "officer": ["执法人员", "officer"],
  "origin": ["来源", "origin"],
  "file": ["文件", "file"],
  "content": ["内容", "content"],
  "logbook": ["设备日志", "logbook"],
  "store": ["存储", "store"],
  "clock": ["设备时钟", "device's clock"],
  "bracket": ["时间区间", "bracket"],
  "follows": ["接续", "follows"],
  "unknown since": ["此后情况不明", "unknown since"],
  "officer check": ["核验方式", "officer check"],
  "ledger": ["账本", "ledger"],
  "cosigned by": ["见证方", "cosigned by"],
  "counter": ["计数器", "counter"],
  "trust document": ["信任文件", "trust document"],
};

/** @type {{[name: string]: [string, string]}} */
const PHRASES = {
  "demonstration": [
    "人员、纳税人和密钥均为虚构，内容不是证据",
    "people, taxpayers and keys are invented; nothing here is evidence",
  ],
  "verdict-sound": ["完好且有锚定", "Sound and anchored"],
  "verdict-consistent": ["前后一致，但未锚定", "Consistent, not anchored"],
  "verdict-defect": ["有缺陷", "DEFECT"],
  "sound-recorder": [
    "内容与记录仪签署的一致，并已载入账本。",
    "As the recorder signed it, and held by the ledger.",
  ],
  "sound-station": [
    "内容与采集工作站导入时封存的一致，并已载入账本。导入以前的情况不在证明之列。",
    "As the station sealed it at import, and held by the ledger. Nothing is proved of the time before the import.",
  ],
  "consistent": [
    "各部分互相吻合，但没有外部见证：缺少信任文件、回执或设备日志。",
    "All parts agree, and nobody outside vouches for it: the trust document, the receipt or the logbook is missing.",
  ],
  "drill": ["（演练）", " (drill)"],
  "counts": [
    "{segments} 个片段，{length} 字节，{seconds} 秒；{sound} 个片段与签名一致",
    "{segments} segments, {length} bytes, {seconds} s; {sound} segments as signed",
  ],
  "recordings": [
    "{recordings} 次录制，已清除 {cleared} 次，未结束 {open} 次",
    "{recordings} recordings, {cleared} cleared, {open} open",
  ],
  "store": ["在存且完好的录制 {sound} 次", "{sound} recordings there and sound"],
  "source": [
    "{media}，{state}，{size} 字节；何时制作，无人担保",
    "{media}, {state}, {size} bytes; when it was made, nobody vouches for",
  ],
  "bracket": ["不早于 {before}，不晚于 {after}（见证方时钟）", "not before {before}, not after {after} (cosigners' clocks)"],
  "sealed-bracket": [
    "封存不早于 {before}，不晚于 {after}（见证方时钟）",
    "sealed not before {before}, not after {after} (cosigners' clocks)",
  ],
  "follows": [
    "录制 {id}；{since} 至 {until} 之间没有录制",
    "recording {id}; nothing is recorded between {since} and {until}",
  ],
  "entry": ["{ledger}，第 {index} 条", "{ledger}, entry {index}"],
  "tail-provable": ["{kind}：硬件计数器，末尾可证明", "{kind}: in hardware, the tail is provable"],
  "tail-not-provable": [
    "{kind}：末尾不可证明（两次入座之间截去末尾将无法发现）",
    "{kind}: tail not provable (an end cut off between two dockings would not be seen)",
  ],
  "missing": ["无法证明的时段：{since} 至 {until}", "not proved: from {since} to {until}"],
  "missing-since": ["无法证明的时段：自 {since} 起，止于何时不得而知", "not proved: from {since}, until when is unknown"],
  "compare": [
    "请将信任文件的 SHA-256 与在本局之外公布的数值核对。",
    "Compare the trust document's SHA-256 with the one published outside the bureau.",
  ],
  "proves-nothing": [
    "随证据一同交来的验证程序不能证明它自己可信。",
    "A verifier that came with the evidence proves nothing about itself.",
  ],
  "defects": ["缺陷", "Defects"],
  "notes": ["说明", "Notes"],
  "more": ["另有 {count} 项", "{count} more"],
  "no-recording": ["这里没有录制，也没有设备日志。", "There is neither a recording nor a logbook here."],
  "since-head": [
    "日志行的编号与哈希只能与设备日志或整个存储比对。",
    "A head is compared with a logbook or a whole store.",
  ],
  "several": [
    "这里有不止一次录制，请选择其中一次的文件夹。",
    "There is more than one recording here: choose the folder of one.",
  ],
  "clip": [
    "这是一个片段（复制件）：本页不能核验，请用“zhilu verify”。",
    "This is a clip (of a copy): this page cannot judge it; use “zhilu verify”.",
  ],
  "too-large": ["{path} 超过 {limit} 字节。", "{path} is larger than {limit} bytes."],
  "unreadable": ["{path} 无法读取：{detail}", "{path} cannot be read: {detail}"],
  "trust-refused": ["信任文件无法采用：{sentence}", "The trust document cannot be used: {sentence}"],
  "yes": ["是", "yes"],
};

/**
 * @param {[string, string]|undefined} pair @param {Language} language @param {{[name: string]: unknown}} [values]
 * @param {string} [otherwise]
 */
function choose(pair, language, values = {}, otherwise = "") {
  const words = pair ? pair[language === "zh" ? 0 : 1] : otherwise;
  return words.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** @param {Language} language */
export function speaker(language) {
  return {
    language,
    /** @param {string} code of a finding */
    sentence: (code) => choose(SENTENCES[code], language, {}, code),
    /** @param {string} code */
    layer: (code) => choose(LAYERS[code], language, {}, code),
    /** @param {string} code */
    origin: (code) => choose(ORIGINS[code], language, {}, code),
    /** @param {string} code */
    check: (code) => choose(CHECKS[code], language, {}, code),
    /** @param {string} code */
    state: (code) => choose(STATES[code], language, {}, code),
    /** @param {string} name of a fact */
    name: (name) => choose(NAMES[name], language, {}, name),
    /** @param {string} name @param {{[name: string]: unknown}} [values] */
    phrase: (name, values) => choose(PHRASES[name], language, values, name),
  };
}

/** @typedef {ReturnType<typeof speaker>} Speaker */
