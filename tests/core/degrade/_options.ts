/**
 * The degradation of Real-ESRGAN's x4plus model, as the top level of its options file has it.
 *
 * @module
 */

/** Keys of `options/train_realesrgan_x4plus.yml` of https://github.com/xinntao/Real-ESRGAN. */
export const X4PLUS = {
  resize_prob: [0.2, 0.7, 0.1],
  resize_range: [0.15, 1.5],
  gaussian_noise_prob: 0.5,
  noise_range: [1, 30],
  poisson_scale_range: [0.05, 3],
  gray_noise_prob: 0.4,
  jpeg_range: [30, 95],
  second_blur_prob: 0.8,
  resize_prob2: [0.3, 0.4, 0.3],
  resize_range2: [0.3, 1.2],
  gaussian_noise_prob2: 0.5,
  noise_range2: [1, 25],
  poisson_scale_range2: [0.05, 2.5],
  gray_noise_prob2: 0.4,
  jpeg_range2: [30, 95],
};
