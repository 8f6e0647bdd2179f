/** A line for each sticker: the code points of its emoji, and words in English, Indonesian, Japanese, Korean and Chinese. */
const LINES = {
  Emotions: `
    1f600 happy smile grin senang 嬉しい 기쁨 开心
    1f602 laugh tears joy tertawa 笑い 웃음 笑哭
    1f923 rofl laugh ngakak 爆笑 폭소 大笑
    1f60a blush smile tersipu にこにこ 미소 微笑
    1f60d love eyes cinta 大好き 사랑 花痴
    1f618 kiss cium キス 뽀뽀 飞吻
    1f970 adore hearts sayang 愛しい 애정 喜爱
    1f60e cool sunglasses keren かっこいい 멋짐 酷
    1f914 think hmm berpikir 考える 생각 思考
    1f634 sleep tired tidur 眠い 졸음 睡觉
    1f62d cry sob sad menangis 泣く 울음 大哭
    1f622 sad tear sedih 悲しい 슬픔 难过
    1f621 angry rage marah 怒り 화남 生气
    1f631 scared scream takut 恐怖 무서움 害怕
    1f633 flushed shy malu 照れる 당황 脸红
    1f644 eyeroll bored bosan あきれる 지루함 白眼
    1f973 party celebrate pesta お祝い 파티 庆祝
    1f92f mindblown wow kaget 衝撃 충격 震惊
    1f97a pleading please mohon お願い 애원 恳求
    1f976 cold freezing dingin 寒い 추위 冷
    1f975 hot sweat panas 暑い 더위 热
    1f912 sick ill sakit 病気 아픔 生病`,
  Reactions: `
    1f44d thumbsup yes good like setuju いいね 좋아요 赞
    1f44e thumbsdown no bad tidak だめ 싫어요 踩
    1f44f clap applause tepuk 拍手 박수 鼓掌
    1f44b wave hello bye halo こんにちは 안녕 你好
    1f64f thanks please terimakasih ありがとう 감사 谢谢
    1f4aa strong power kuat 頑張れ 힘 加油
    1f44c ok perfect oke オーケー 오케이 好的
    270c peace victory damai ピース 브이 胜利
    1f91d deal handshake sepakat 握手 악수 握手
    1f64c hooray praise hore 万歳 만세 万岁
    1f440 look eyes lihat 見る 눈 看
    2764 heart love hati ハート 하트 爱心
    1f494 heartbreak brokenheart patahhati 失恋 이별 心碎
    1f525 fire lit api 炎 불 火
    1f4af hundred perfect seratus 百点 백점 满分
    1f389 party tada confetti selamat おめでとう 축하 恭喜
    2705 done check selesai 完了 완료 完成
    274c no wrong salah ばつ 아니요 错误
    2753 question tanya 質問 질문 问题
    1f680 rocket go roket ロケット 로켓 火箭`,
  Animals: `
    1f431 cat kitty kucing 猫 고양이 猫
    1f436 dog puppy anjing 犬 개 狗
    1f43c panda panda パンダ 판다 熊猫
    1f430 rabbit bunny kelinci うさぎ 토끼 兔子
    1f43b bear beruang 熊 곰 熊
    1f98a fox rubah きつね 여우 狐狸
    1f42f tiger harimau 虎 호랑이 老虎
    1f981 lion singa ライオン 사자 狮子
    1f438 frog katak かえる 개구리 青蛙
    1f435 monkey monyet 猿 원숭이 猴子
    1f427 penguin penguin ペンギン 펭귄 企鹅
    1f987 bat cave kelelawar こうもり 박쥐 蝙蝠
    1f989 owl night burunghantu ふくろう 부엉이 猫头鹰
    1f984 unicorn unikorn ユニコーン 유니콘 独角兽
    1f422 turtle slow kurakura かめ 거북이 乌龟
    1f98b butterfly kupukupu 蝶 나비 蝴蝶`,
  Outdoors: `
    1f4cd here place pin disini ここ 여기 这里
    1f3e0 home house rumah 家 집 家
    1f697 car drive mobil 車 자동차 汽车
    1f68c bus bis バス 버스 公交
    1f686 train kereta 電車 기차 火车
    2708 plane flight pesawat 飛行機 비행기 飞机
    1f6b2 bike cycling sepeda 自転車 자전거 自行车
    1f3c3 run late lari 走る 달리기 跑步
    1f6b6 walk coming jalan 歩く 걷기 走路
    26fa tent camp tenda テント 텐트 帐篷
    1f3d4 mountain hike gunung 山 산 山
    1f3d6 beach sea pantai 海 해변 海滩
    2600 sun sunny matahari 晴れ 맑음 晴天
    1f327 rain hujan 雨 비 下雨
    2744 snow salju 雪 눈송이 雪花
    2615 coffee tea kopi コーヒー 커피 咖啡
    1f355 pizza food pizza ピザ 피자 披萨
    1f35c noodles ramen mi ラーメン 라면 面条
    1f37b beer cheers bersulang 乾杯 건배 干杯
    1f382 birthday cake ulangtahun 誕生日 생일 生日`,
};

export interface BuiltInSticker {
  /** The name of its drawing in `@twemoji/svg`. */
  code: string;
  emoji: string;
  keywords: string[];
}

const sticker = (line: string): BuiltInSticker => {
  const [code, ...keywords] = line.trim().split(' ') as [string, ...string[]];
  return { code, emoji: String.fromCodePoint(parseInt(code, 16)), keywords: [...new Set(keywords)] };
};

/** The packs that come with Muster, by name. */
export const BUILT_IN_PACKS: [name: string, stickers: BuiltInSticker[]][] = Object.entries(LINES).map(
  ([name, lines]) => [name, lines.trim().split('\n').map(sticker)],
);

/** Of the drawings, which must be named where they are shown. */
export const BUILT_IN_LICENSE = {
  author: 'Twemoji, © Twitter, Inc and other contributors',
  license: 'CC BY 4.0',
  licenseUrl: 'https://creativecommons.org/licenses/by/4.0/',
};
