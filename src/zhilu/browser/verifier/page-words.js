// What stands on the page around the verdict, in Simplified Chinese and in English.

/** @satisfies {{[name: string]: [string, string]}} */
export const pageWords = {
  "title": ["执录核验", "Zhilu verifier"],
  "heading": ["核验一次录制", "Check a recording"],
  "language": ["English", "中文"],
  "step-folder": ["录制文件夹", "Folder of the recording"],
  "hint-folder": [
    "选择或拖入证据文件夹，其中有 logbook.jws、receipt.json 和 recording 文件夹（journal.jws、media.sealed）。只选 recording 不行：回执在它旁边。",
    "Choose the evidence folder or drop it here: it holds logbook.jws, receipt.json and the folder recording (journal.jws, media.sealed). That one alone does not do: the receipt lies beside it.",
  ],
  "choose-folder": ["选择文件夹", "Choose folder"],
  "step-trust": ["信任文件（可选）", "Trust document (optional)"],
  "hint-trust": [
    "须从本局之外取得；随证据一同交来的不能作数。没有它，只能判断各部分是否吻合。",
    "It must come from outside the bureau; one that came with the evidence counts for nothing. Without it only agreement is judged.",
  ],
  "choose-trust": ["选择文件", "Choose file"],
  "working": ["正在核验……", "Checking …"],
  "journal": ["录制日志", "journal"],
  "media": ["媒体", "media"],
  "logbook": ["设备日志", "logbook"],
  "facts": ["核验所得", "What was learnt"],
  "code": ["代码", "Code"],
  "layer": ["环节", "Layer"],
  "place": ["位置", "Place"],
  "meaning": ["含义", "Meaning"],
  "hint-no-trust": ["请提供信任文件，再行核验。", "Give the trust document to have it judged further."],
  "hint-parts": [
    "请选择上一级文件夹，其中应有 logbook.jws 和 receipt.json。",
    "Choose the folder above, which should hold logbook.jws and receipt.json.",
  ],
  "offline": ["本页面不连接任何网络，文件不会离开这台电脑。", "This page connects to no network; the files do not leave this computer."],
};
