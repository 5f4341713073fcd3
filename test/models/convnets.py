"""MobileNetV2 and EfficientNet-B0, BatchNormalization folded or kept."""
from graph import FLOAT, Graph


def divisible(channels):
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


class Builder(Graph):
    def __init__(self, name, size):
        super().__init__(name, size.style == "fused", size.seed)
        self.keep_norm = size.batch_norm

    def conv(self, x, inputs, outputs, kernel, stride=1, groups=1, gain=2.0,
             norm=True):
        fan_in = inputs // groups * kernel * kernel
        weight = self.weight((outputs, inputs // groups, kernel, kernel),
                             (gain / fan_in) ** 0.5)
        pad = (kernel - 1) // 2
        attributes = dict(kernel_shape=[kernel] * 2, strides=[stride] * 2,
                          pads=[pad] * 4, dilations=[1, 1], group=groups)
        if norm and self.keep_norm:
            y = self.op("Conv", x, weight, **attributes)
            return self.op("BatchNormalization", y, self.near_one(outputs),
                           self.weight(outputs, 0.1, "bias"),
                           self.weight(outputs, 0.1, "mean"),
                           self.near_one(outputs, "variance"), epsilon=1e-5)
        bias = self.weight(outputs, 0.1, "bias")
        return self.op("Conv", x, weight, bias, **attributes)

    def head(self, x, channels, classes, batch):
        x = self.op("Flatten", self.op("GlobalAveragePool", x), axis=1)
        x = self.op("Gemm", x, self.weight((classes, channels), channels ** -0.5),
                    self.weight(classes, 0.1, "bias"), transB=1)
        self.output(x, "output", [batch, classes])


def mobilenetv2(size):
    g = Builder("mobilenetv2", size)
    batch = "batch" if size.dynamic else size.batch
    classes = size.classes
    image = size.image or 224
    relu6 = lambda x: g.op("Clip", x, 0.0, 6.0)
    wide = lambda c: divisible(c * size.width)
    x = g.input("input", FLOAT, [batch, 3, image, image])
    channels = wide(32)
    x = relu6(g.conv(x, 3, channels, 3, 2))
    blocks = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
              (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    for expand, outputs, repeats, first in blocks:
        for i in range(min(repeats, size.layers or repeats)):
            stride, outer = first if i == 0 else 1, wide(outputs)
            inner, y = channels * expand, x
            if expand != 1:
                y = relu6(g.conv(y, channels, inner, 1))
            y = relu6(g.conv(y, inner, inner, 3, stride, inner))
            y = g.conv(y, inner, outer, 1, gain=1.0)
            x = g.op("Add", x, y) if stride == 1 and outer == channels else y
            channels = outer
    last = max(1280, wide(1280)) if size.width >= 1 else wide(1280)
    x = relu6(g.conv(x, channels, last, 1))
    g.head(x, last, classes, batch)
    return g.model()


def efficientnet_b0(size):
    g = Builder("efficientnet-b0", size)
    batch = "batch" if size.dynamic else size.batch
    image = size.image or 224
    wide = lambda c: divisible(c * size.width)
    x = g.input("input", FLOAT, [batch, 3, image, image])
    channels = wide(32)
    x = g.silu(g.conv(x, 3, channels, 3, 2))
    blocks = [(1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2),
              (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
              (6, 3, 1, 320, 1)]
    for expand, kernel, first, outputs, repeats in blocks:
        for i in range(min(repeats, size.layers or repeats)):
            stride, outer = first if i == 0 else 1, wide(outputs)
            inner, y = channels * expand, x
            if expand != 1:
                y = g.silu(g.conv(y, channels, inner, 1))
            y = g.silu(g.conv(y, inner, inner, kernel, stride, inner))
            squeezed = max(1, channels // 4)
            s = g.op("GlobalAveragePool", y)
            s = g.silu(g.conv(s, inner, squeezed, 1, norm=False))
            s = g.op("Sigmoid", g.conv(s, squeezed, inner, 1, norm=False))
            y = g.conv(g.op("Mul", s, y), inner, outer, 1, gain=4.0)
            x = g.op("Add", y, x) if stride == 1 and outer == channels else y
            channels = outer
    last = wide(1280)
    x = g.silu(g.conv(x, channels, last, 1))
    g.head(x, last, size.classes, batch)
    return g.model()
