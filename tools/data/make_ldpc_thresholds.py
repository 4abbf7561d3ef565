"""Simulate the LDPC codes of CCSDS 131.0-B and print the Eb/N0 that each needs, for sim/trajectories/radios/codings.py.

    python tools/data/make_ldpc_thresholds.py [--errors 30] [NAME ...]

BPSK over white Gaussian noise, layered sum-product decoding with at most 100 iterations. The codes are linear and the
channel is symmetric, so the word of zeros stands for all. Rates of codeword errors lie near a straight line on the
scale of the normal distribution, which gives the Eb/N0 for 1e-4.
"""

from __future__ import annotations

import argparse
from functools import partial
from statistics import NormalDist

import numpy as np
from numba import njit

THETA = [3, 0, 1, 2, 2, 3, 0, 1, 0, 1, 2, 0, 2, 3, 0, 1, 2, 0, 1, 2, 0, 1, 2, 1, 2, 3]
PHI_TEXT = """
1 59 16 160 108 226 1148; 0 0 0 0 0 0 0; 0 0 0 0 0 0 0; 0 0 0 0 0 0 0
22 18 103 241 126 618 2032; 27 32 53 182 375 767 1822; 12 46 8 35 219 254 318; 13 44 35 162 312 285 1189
0 52 105 185 238 404 249; 30 21 74 249 436 227 203; 30 45 119 167 16 790 494; 19 51 97 7 503 554 458
26 23 0 251 481 32 1807; 28 36 45 65 350 247 882; 18 27 89 214 263 642 1467; 14 12 112 31 388 809 460
0 11 50 209 96 912 485; 7 30 47 70 260 284 1989; 10 48 31 84 415 248 757; 15 15 64 164 48 185 1039
10 7 29 103 28 950 1044; 1 29 0 141 84 370 957; 16 37 122 206 403 899 1085; 20 12 93 11 7 49 1000
5 22 115 90 59 534 717; 8 44 59 237 318 482 1705; 13 41 1 122 184 328 1630; 17 4 99 237 185 101 1265
18 25 30 184 225 63 873; 20 29 102 77 382 273 1083; 9 13 69 67 279 518 64; 4 7 94 125 328 82 1223
3 27 92 248 323 971 364; 26 39 25 55 169 886 1072; 7 9 92 147 198 477 689; 4 2 103 133 254 898 874
22 30 78 12 28 304 1926; 24 14 3 12 213 634 354; 15 49 47 54 307 404 1300; 11 30 91 99 202 627 1292
3 43 70 111 386 409 1241; 4 22 88 227 67 762 1942; 16 36 11 23 432 698 148; 17 53 3 105 285 154 1491
8 14 66 66 305 708 1769; 12 15 65 42 313 184 446; 18 10 31 93 240 160 777; 20 23 6 17 11 65 631
25 46 39 173 34 719 532; 23 48 62 52 242 696 1456; 4 11 19 20 454 497 1431; 8 29 39 97 168 81 464
25 62 84 42 510 176 768; 15 55 68 243 188 413 1940; 23 18 66 197 294 100 659; 22 37 113 91 127 823 461
2 44 79 157 147 743 1138; 15 39 91 179 1 854 1660; 5 54 49 46 479 518 352; 19 42 92 211 8 50 844
27 12 70 174 199 759 965; 22 11 70 250 306 544 1661; 3 40 81 162 289 92 1177; 15 48 119 128 437 413 392
7 38 29 104 347 674 141; 31 1 115 247 397 864 587; 29 27 96 101 373 464 836; 5 4 74 82 475 462 922
7 47 32 144 391 958 1527; 3 50 31 164 80 82 708; 11 35 38 76 104 592 1572; 21 10 73 115 85 175 256
15 1 45 43 165 984 505; 29 40 121 17 33 1009 1466; 4 25 83 78 141 198 348; 17 18 116 248 419 715 1986
10 52 113 181 414 11 1312; 21 62 45 31 7 437 433; 8 46 42 253 270 856 1040; 9 56 31 62 459 537 19
4 61 86 250 97 413 1840; 2 27 56 149 447 36 1345; 2 24 58 124 439 235 779; 20 9 127 26 468 722 266
19 10 1 202 158 925 709; 5 38 54 105 336 562 867; 11 33 24 143 333 134 476; 18 11 98 140 209 37 471
7 55 42 68 86 687 1427; 11 40 108 183 424 816 1551; 11 18 25 63 399 542 191; 31 23 23 121 311 488 1166
9 7 118 177 168 752 989; 26 15 14 153 134 452 2041; 3 37 92 41 14 545 1393; 13 8 38 12 211 179 1300
26 12 33 170 506 867 1925; 9 11 30 177 152 290 1383; 15 35 38 214 277 777 1752; 2 7 18 41 510 430 1033
17 2 126 89 489 323 270; 17 18 116 19 492 778 1790; 13 21 120 70 412 483 1627; 18 24 62 249 320 264 1606
"""
PHI = {
    k: [[int(x) for x in part.split()] for part in line.split(";")]
    for k, line in enumerate(PHI_TEXT.split("\n")[1:-1], start=1)
}
"""Shifts of the permutations 1 to 26, for j = 0 to 3 and the sizes of SIZES: CCSDS 131.0-B-5, Tables 7-3 and 7-4."""

SIZES = (128, 256, 512, 1024, 2048, 4096, 8192)

C2 = [  # CCSDS 131.0-B-5, Table 7-1: the ones in the first rows of the circulants of 511
    [(0, 176), (12, 239), (0, 352), (24, 431), (0, 392), (151, 409), (0, 351), (9, 359),
     (0, 307), (53, 329), (0, 207), (18, 281), (0, 399), (202, 457), (0, 247), (36, 261)],
    [(99, 471), (130, 473), (198, 435), (260, 478), (215, 420), (282, 481), (48, 396), (193, 445),
     (273, 430), (302, 451), (96, 379), (191, 386), (244, 467), (364, 470), (51, 382), (192, 414)],
]

BLOCKS = {  # rows of blocks: (row, column, permutations), 0 for the identity; columns of rate 1/2 last
    "1/2": [(0, 2, (0,)), (0, 4, (0, 1)), (1, 0, (0,)), (1, 1, (0,)), (1, 3, (0,)), (1, 4, (2, 3, 4)), (2, 0, (0,)),
            (2, 1, (5, 6)), (2, 3, (7, 8)), (2, 4, (0,))],
    "2/3": [(1, 0, (9, 10, 11)), (1, 1, (0,)), (2, 0, (0,)), (2, 1, (12, 13, 14))],
    "4/5": [(1, 0, (21, 22, 23)), (1, 1, (0,)), (1, 2, (15, 16, 17)), (1, 3, (0,)), (2, 0, (0,)), (2, 1, (24, 25, 26)),
            (2, 2, (0,)), (2, 3, (18, 19, 20))],
}  # fmt: skip


def permuted(k: int, i: np.ndarray, size: int) -> np.ndarray:
    """Column of the one in each row of a permutation matrix; k = 0 is the identity. Section 7.4.2.4."""
    if k == 0:
        return i
    j = 4 * i // size
    shift = np.array(PHI[k])[:, SIZES.index(size)]
    return size // 4 * ((THETA[k - 1] + j) % 4) + (shift[j] + i) % (size // 4)


def ar4ja(rate: str, k: int) -> tuple[list[list[int]], int, int]:
    """Checks as lists of columns, the number of columns, and how many at the end are punctured."""
    wide = {"1/2": 2, "2/3": 4, "4/5": 8}[rate]
    size = k // wide
    rows: list[set[int]] = [set() for _ in range(3 * size)]
    parts = [(BLOCKS["1/2"], wide - 2)]
    if rate != "1/2":
        parts.append((BLOCKS["2/3"], wide - 4))
    if rate == "4/5":
        parts.append((BLOCKS["4/5"], 0))
    at = np.arange(size)
    for blocks, first in parts:
        for row, column, ks in blocks:
            for each in ks:
                for i, j in zip(at, permuted(each, at, size), strict=True):
                    rows[row * size + i] ^= {(first + column) * size + int(j)}
    return [sorted(row) for row in rows], (wide + 3) * size, size


def c2() -> tuple[list[list[int]], int, int]:
    """The basic (8176, 7156) code, of which (8160, 7136) is a shortened part."""
    rows = [
        sorted(511 * column + (i + one) % 511 for column, ones in enumerate(block) for one in ones)
        for block in C2 for i in range(511)
    ]  # fmt: skip
    return rows, 16 * 511, 0


@njit(cache=False)
def decodes(edges, starts, llr, most):  # pragma: no cover
    """Whether a word is decoded to zeros: layered sum-product."""
    beliefs, messages = llr.copy(), np.zeros(len(edges))
    phi = np.zeros(64)
    for _ in range(most):
        for row in range(len(starts) - 1):
            first, last = starts[row], starts[row + 1]
            total, odd = 0.0, False
            for e in range(first, last):
                value = beliefs[edges[e]] - messages[e]
                beliefs[edges[e]] = value
                small = np.exp(-min(max(abs(value), 1e-9), 38.0))
                phi[e - first] = np.log((1.0 + small) / (1.0 - small))
                total += phi[e - first]
                odd ^= value < 0.0
            for e in range(first, last):
                rest = np.exp(-min(max(total - phi[e - first], 1e-9), 38.0))
                value = np.log((1.0 + rest) / (1.0 - rest))
                if odd ^ (beliefs[edges[e]] < 0.0):
                    value = -value
                messages[e] = value
                beliefs[edges[e]] += value
        wrong = False
        for row in range(len(starts) - 1):
            odd = False
            for e in range(starts[row], starts[row + 1]):
                odd ^= beliefs[edges[e]] < 0.0
            if odd:
                wrong = True
                break
        if not wrong:
            break
    return np.all(beliefs >= 0.0)


def threshold_db(code: tuple[list[list[int]], int, int], rate: float, first_db: float, step_db: float, errors: int,
                 least: float) -> float:  # fmt: skip
    """Eb/N0 for a rate of codeword errors of 1e-4."""
    rows, count, punctured = code
    edges = np.array([column for row in rows for column in row])
    starts = np.cumsum([0, *map(len, rows)])
    normal, points, level = NormalDist(), [], first_db
    random = np.random.default_rng(1)
    while True:
        variance = 1.0 / (2.0 * rate * 10.0 ** (level / 10.0))
        tried = failed = 0
        while failed < errors and tried < errors / least:
            llr = 2.0 / variance * (1.0 + np.sqrt(variance) * random.standard_normal(count))
            if punctured:
                llr[-punctured:] = 0.0
            failed += not decodes(edges, starts, llr, 100)
            tried += 1
        share = failed / tried
        print(f"    {level:.2f} dB: {failed} of {tried}", flush=True)
        if 0.0 < share < 0.9:
            points.append((level, normal.inv_cdf(1.0 - share), failed))
        if share < 2.0 * least:
            break
        level += step_db
    levels, scores, weights = np.array(points).T
    slope, offset = np.polyfit(levels, scores, 1, w=np.sqrt(weights))
    return float((normal.inv_cdf(1.0 - 1e-4) - offset) / slope)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser()
    options.add_argument("--errors", type=int, default=30, help="wrong codewords at each point")
    options.add_argument("names", nargs="*", help="codings; all if none are given")
    given = options.parse_args()
    codes = {"ccsds-ldpc-7/8": (c2, 7156 / 8176, 3.4, 0.1, 0.01)}
    shares = {"1/2": 1 / 2, "2/3": 2 / 3, "4/5": 4 / 5}
    first = {1024: (1.1, 1.8, 2.7), 4096: (0.9, 1.5, 2.4), 16384: (0.75, 1.4, 2.3)}
    for k, step, least in ((1024, 0.2, 0.01), (4096, 0.1, 0.01), (16384, 0.05, 0.01)):
        for (rate, share), level in zip(shares.items(), first[k], strict=True):
            codes[f"ccsds-ldpc-{rate}-{k}"] = partial(ar4ja, rate, k), share, level, step, least
    for name in given.names or codes:
        make, share, level, step, least = codes[name]
        print(name, flush=True)
        print(f"{name}: {threshold_db(make(), share, level, step, given.errors, least):.2f} dB", flush=True)


if __name__ == "__main__":
    main()
