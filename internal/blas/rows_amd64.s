//go:build !purego

#include "textflag.h"

// func rows(dst, src unsafe.Pointer, size, rows int, index *float64, count, known, ahead int, wide bool) (copied int)
TEXT ·rows(SB), NOSPLIT, $0-80
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ size+16(FP), DX
	MOVQ rows+24(FP), R8
	MOVQ index+32(FP), BX
	MOVQ count+40(FP), CX
	MOVQ known+48(FP), R12
	MOVQ ahead+56(FP), R9
	MOVBLZX wide+64(FP), R13
	LEAQ (BX)(CX*8), CX      // where the indices of rows to copy end
	LEAQ -8(BX)(R12*8), R12  // the last index that is known

row:
	CMPQ BX, CX
	JCC  done

	// The row that is asked for, or the last one. Any address may be asked for.
	LEAQ (BX)(R9*8), R10
	CMPQ R10, R12
	CMOVQHI R12, R10
	VCVTTSD2SIQ (R10), AX
	IMULQ DX, AX
	ADDQ SI, AX
	MOVQ AX, R10
	ANDQ $63, R10
	SUBQ R10, AX
	ADDQ DX, R10 // bytes from the start of a line of cache

line:
	PREFETCHT1 (AX)
	ADDQ $64, AX
	SUBQ $64, R10
	JHI  line

	// The row that is copied. What dots loads at once is stored at once, else the load would
	// wait until it has left the processor.
	VMOVSD (BX), X0
	VCVTTSD2SIQ X0, AX
	VCVTSI2SDQ AX, X0, X1
	VUCOMISD X0, X1
	JNE  done // not an integer
	JPS  done // NaN
	CMPQ AX, R8
	JCC  done
	ADDQ $8, BX
	IMULQ DX, AX
	ADDQ SI, AX
	MOVQ DX, R10
	SUBQ $64, R10
	JCS  rest
	TESTL R13, R13
	JEQ  halves

whole:
	VMOVUPS (AX), Z0
	VMOVUPS Z0, (DI)
	ADDQ $64, AX
	ADDQ $64, DI
	SUBQ $64, R10
	JCC  whole
	JMP  rest

halves:
	VMOVUPS (AX), Y0
	VMOVUPS 32(AX), Y1
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	ADDQ $64, AX
	ADDQ $64, DI
	SUBQ $64, R10
	JCC  halves

rest:
	TESTQ $32, R10
	JEQ  sixteen
	VMOVUPS (AX), Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, AX
	ADDQ $32, DI

sixteen:
	TESTQ $16, R10
	JEQ  eight
	VMOVUPS (AX), X0
	VMOVUPS X0, (DI)
	ADDQ $16, AX
	ADDQ $16, DI

eight:
	TESTQ $8, R10
	JEQ  four
	MOVQ (AX), R11
	MOVQ R11, (DI)
	ADDQ $8, AX
	ADDQ $8, DI

four:
	TESTQ $4, R10
	JEQ  row
	MOVL (AX), R11
	MOVL R11, (DI)
	ADDQ $4, DI
	JMP  row

done:
	SUBQ index+32(FP), BX
	SHRQ $3, BX
	MOVQ BX, copied+72(FP)
	VZEROUPPER
	RET
