// What the script itself says; everything else is in the page already.

const words = {
  take_photo: ['拍照 / 选照片', 'Take or choose a photo'],
  take_another: ['重拍', 'Take another'],
  photo_ready: ['照片好了，{} KB。点下面一类事继续', 'Photo ready, {} KB. Choose what it is about below'],
  photo_working: ['正在缩小照片…', 'Making the photo smaller…'],
  not_a_photo: ['这个文件打不开，可能不是照片。可以换一张，也可以不拍。', 'This file cannot be opened; it may not be a photo. Choose another, or go on without.'],
  sending: ['正在提交…', 'Sending…'],
  stop_reading: ['停止朗读', 'Stop reading'],
  copied: ['已复制', 'Copied'],
  copy_code: ['复制查询码', 'Copy the code'],
} as const;

const english = document.documentElement.lang.startsWith('en');

export function say(key: keyof typeof words, value = ''): string {
  return words[key][english ? 1 : 0].replace('{}', value);
}
